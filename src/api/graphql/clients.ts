/** Classes of the typed client by GraphQL type: their methods answer the fields that are leaves. */

import type { Operation } from '../../engine/operation.ts';
import { Changeset } from '../changeset.ts';
import { Container } from '../container.ts';
import { Directory } from '../directory.ts';
import { File } from '../file.ts';
import { GitRef, GitRepository } from '../git.ts';
import { CacheVolume, Secret } from '../secret.ts';
import type { ApiObject, Session } from '../session.ts';

type ClientClass = new (session: Session, operation: Operation) => ApiObject;

/** A new class of the client is one more line here. */
export const clients: { readonly [type: string]: ClientClass } = {
  Changeset,
  Container,
  Directory,
  File,
  GitRef,
  GitRepository,
  CacheVolume,
  Secret,
};
