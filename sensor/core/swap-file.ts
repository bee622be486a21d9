/** Files that others may read at any time, or that lie where others may write, are replaced in one step. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export interface SwapOptions {
  readonly mode: number;
  /** Called with the descriptor of the new file, before it takes the place of the old. */
  readonly beforeSwap?: (file: number) => void;
}

/** Name of a file that is about to take the place of another. Nobody can lay a link there beforehand. */
export function temporaryName(path: string): string {
  return `${path}.${randomBytes(8).toString('hex')}.tmp`;
}

/**
 * Whoever reads the file meanwhile sees the old one or the new one. When anything throws, which is passed on, nothing is
 * left behind.
 */
export function swapFile(
  path: string,
  content: string | Uint8Array,
  { mode, beforeSwap }: SwapOptions,
): void {
  const temporary = temporaryName(path);
  const file = openSync(temporary, 'wx', mode);
  try {
    try {
      writeFileSync(file, content);
      beforeSwap?.(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
