/** What the fields of one request share. */

import type { Graph } from '../../engine/graph.ts';
import type { Platform } from '../../machine/machine.ts';
import type { Session } from '../session.ts';
import type { PlatformRule } from './platform_rule.ts';

/** Made for every HTTP request; its session is cancelled with the request. */
export interface Requested {
  readonly graph: Graph;
  readonly session: Session;
  readonly platformRule: PlatformRule;
  /** Of the header `DAGGER_SESSION_CONTEXT`; the engine's own without it. */
  readonly platform: Platform;
}
