/** Progress bar of `read`, on a terminal only. */
import { monotonicMs } from '../core/index.ts';
import type { CliIo } from './io.ts';

const REDRAW_MS = 100;

export class ProgressBar {
  readonly #io: CliIo;
  #drawnAt = 0;
  #isDrawn = false;

  constructor(io: CliIo) {
    this.#io = io;
  }

  /** `total` 0: size unknown (standard input). */
  update(readBytes: number, totalBytes: number, alerts: number): void {
    if (!this.#io.isErrTerminal) return;
    const now = monotonicMs();
    if (now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    this.#isDrawn = true;
    const size = `${formatBytes(readBytes)}${totalBytes > 0 ? ` of ${formatBytes(totalBytes)}` : ''}`;
    const bar =
      totalBytes > 0
        ? `[${'#'.repeat(Math.floor((readBytes / totalBytes) * 30)).padEnd(30, '.')}] `
        : '';
    this.#io.err(`\r\u001b[K${bar}${size}, ${alerts} alerts`);
  }

  clear(): void {
    if (this.#isDrawn) this.#io.err('\r\u001b[K');
    this.#isDrawn = false;
  }
}

/** `1.5 MB`, `812 B`: powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`;
}
