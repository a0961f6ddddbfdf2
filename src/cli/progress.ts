/** Progress as lines on stderr: only what takes long enough for somebody to wonder. */

import pc from 'picocolors';
import type { ProgressEvent, ProgressListener } from '../engine/progress.ts';

export interface ProgressLinesOptions {
  readonly write: (line: string) => void;
  /** Operations that end sooner are not mentioned, in milliseconds. */
  readonly quietMilliseconds: number;
  readonly colours: boolean;
}

/** A listener that writes a line when an operation has run for a while, and one when it ends. */
export function progressLines(options: ProgressLinesOptions): ProgressListener {
  const { dim, green, red } = pc.createColors(options.colours);
  const waiting = new Map<number, ReturnType<typeof setTimeout>>();
  const shown = new Set<number>();
  const seconds = (milliseconds: number) => dim(`${(milliseconds / 1000).toFixed(1)} s`);
  const start = (event: ProgressEvent) => {
    waiting.delete(event.operation);
    shown.add(event.operation);
    options.write(`${dim('…')} ${event.title}\n`);
  };
  return (event) => {
    if (event.kind === 'started') {
      const timer = setTimeout(start, options.quietMilliseconds, event);
      timer.unref?.();
      waiting.set(event.operation, timer);
      return;
    }
    if (event.kind === 'note') {
      if (shown.has(event.operation)) options.write(`  ${dim(event.text)}\n`);
      return;
    }
    clearTimeout(waiting.get(event.operation));
    waiting.delete(event.operation);
    if (!shown.delete(event.operation)) return;
    if (event.kind === 'finished') {
      options.write(`${green('✓')} ${event.title} ${seconds(event.milliseconds)}\n`);
    } else if (event.kind === 'failed') {
      options.write(`${red('✗')} ${event.title} ${seconds(event.milliseconds)}\n`);
    }
  };
}
