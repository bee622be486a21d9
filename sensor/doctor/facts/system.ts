/** How facts are got: small files of the kernel, and commands that may be missing or hang. */
import { execFile } from 'node:child_process';
import { lstatSync, readFileSync, readdirSync, statSync, type Stats } from 'node:fs';
import { errorText } from '../../core/index.ts';

const COMMAND_MS = 3000;
const OUTPUT_BYTES = 1024 * 1024;

/** Text of a small file; undefined when it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A number in a file of its own, as sysfs has them; undefined for anything else. */
export function readNumber(path: string): number | undefined {
  const text = readText(path)?.trim();
  return text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text);
}

/** Names in a folder; [] when it cannot be read. */
export function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** What is there; undefined when nothing is, a text when it cannot be looked at. */
export function statOf(path: string, followsLinks = true): Stats | string | undefined {
  try {
    const options = { throwIfNoEntry: false } as const;
    return followsLinks ? statSync(path, options) : lstatSync(path, options);
  } catch (error) {
    // Something on the way is no folder: then nothing is there.
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return undefined;
    return errorText(error);
  }
}

export type CommandResult =
  | { readonly is: 'done'; readonly text: string }
  | { readonly is: 'missing' }
  | { readonly is: 'failed'; readonly why: string };

/** Runs a command without a shell, for so long at most; it is looked for where administration tools are, too. */
export function runCommand(
  command: string,
  args: readonly string[],
  timeoutMs = COMMAND_MS,
): Promise<CommandResult> {
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`;
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      {
        ...{ timeout: timeoutMs, maxBuffer: OUTPUT_BYTES, killSignal: 'SIGKILL' },
        env: { ...process.env, PATH: path, LC_ALL: 'C' },
      },
      (error, stdout, stderr) => {
        if (error === null) resolve({ is: 'done', text: stdout });
        // It is not there, or only where this user may not go.
        else if (error.code === 'ENOENT' || error.code === 'EACCES') resolve({ is: 'missing' });
        else if (error.killed === true) resolve({ is: 'failed', why: 'it does not answer' });
        else resolve({ is: 'failed', why: stderr.trim().split('\n')[0] || error.message });
      },
    );
  });
}
