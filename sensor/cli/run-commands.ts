/** A command line against a list of commands: the one place where errors become text and exit status. */
import { Command, CommanderError } from 'commander';
import { EXIT, OperatorError, errorText, printable } from '../core/index.ts';
import type { CliIo } from './io.ts';
import { VERSION } from './version.ts';

/** What a command's action answers: its exit status. */
export type Action = (status: number) => void;

/** Adds a command to the program. */
export type AddCommand = (program: Command, io: CliIo, setStatus: Action) => void;

/** Runs one command line (without node and script). Resolves to the exit status; never rejects. */
export async function runCommands(
  commands: readonly AddCommand[],
  argv: readonly string[],
  io: CliIo,
): Promise<number> {
  let status: number = EXIT.ok;
  const program = new Command('stanzawatch')
    .description('Passive intrusion-detection sensor for plaintext XMPP')
    .version(VERSION, '-V, --version')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        io.out(text);
      },
      writeErr: (text) => {
        io.err(text);
      },
    });
  const setStatus: Action = (value) => {
    status = value;
  };
  for (const add of commands) add(program, io, setStatus);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    io.err(describeError(error));
    return error instanceof OperatorError ? error.exitCode : EXIT.usage;
  }
  return status;
}

/** Error and fix as the operator sees them; the stack only where it is our own mistake. */
export function describeError(error: unknown): string {
  if (error instanceof OperatorError) {
    const hint = error.hint === undefined ? '' : `  fix: ${printable(error.hint, true)}\n`;
    return `error: ${printable(error.message, true)} [${error.code}]\n${hint}`;
  }
  const stack =
    error instanceof Error && error.stack !== undefined ? error.stack : errorText(error);
  return `error: internal: ${printable(stack, true)}\n`;
}
