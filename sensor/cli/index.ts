/** Door of cli/. */
import { processIo } from './io.ts';
import { runCli } from './program.ts';

/** Runs the command line on the process's own streams. */
export function main(argv: readonly string[]): Promise<number> {
  // A reader that went away (`| head`) is no failure.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return runCli(argv, processIo());
}
