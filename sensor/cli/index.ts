/** Door of cli/. */
import { EXIT, OperatorError, errorText } from '../core/index.ts';
import { addDoctorCommand } from './doctor.ts';
import { processIo, type CliIo } from './io.ts';
import { describeError, runCommands } from './run-commands.ts';

/** Runs the command line on the process's own streams. */
export async function main(argv: readonly string[]): Promise<number> {
  // A reader that went away (`| head`) is no failure.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const io = processIo();
  try {
    const { runCli } = await import('./program.ts');
    return await runCli(argv, io);
  } catch (error) {
    return await withoutProgram(argv, io, error);
  }
}

/** A native part does not load, and so no command but the one that finds out why. */
async function withoutProgram(argv: readonly string[], io: CliIo, error: unknown): Promise<number> {
  if (argv[0] === 'doctor') return await runCommands([addDoctorCommand], argv, io);
  io.err(
    describeError(
      new OperatorError(
        'NATIVE_MISSING',
        `Cannot load the program: ${errorText(error)}`,
        'Run: npm run setup; stanzawatch doctor says what is missing',
        { cause: error },
      ),
    ),
  );
  return EXIT.usage;
}
