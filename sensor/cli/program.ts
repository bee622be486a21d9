/** The command line: one tree of commands, one place where errors become text and exit status. */
import { Command, CommanderError } from 'commander';
import { EXIT, OperatorError, errorText, printable } from '../core/index.ts';
import { addAlertsCommands } from './alerts.ts';
import { addCampaignsCommands } from './campaigns.ts';
import { addDemoCommand } from './demo.ts';
import { addDlpCommands } from './dlp.ts';
import { addFilesCommands } from './files.ts';
import { addIntelCommands } from './intel.ts';
import type { CliIo } from './io.ts';
import { addReadCommand } from './read.ts';
import { addRulesCommands } from './rules.ts';
import { addRunCommand } from './run.ts';
import { addSelftestCommand } from './selftest.ts';
import { addServeCommand } from './serve.ts';
import { addPeopleCommands } from './people.ts';
import { addSessionsCommand } from './sessions.ts';
import { addTestCommand } from './test.ts';
import { addTokenCommands } from './token.ts';
import { VERSION } from './version.ts';

/** What a command's action answers: its exit status. */
export type Action = (status: number) => void;

/** Runs one command line (without node and script). Resolves to the exit status; never rejects. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
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
  for (const add of [
    addRunCommand,
    addReadCommand,
    addTestCommand,
    addRulesCommands,
    addIntelCommands,
    addDlpCommands,
    addAlertsCommands,
    addSessionsCommand,
    addFilesCommands,
    addPeopleCommands,
    addCampaignsCommands,
    addServeCommand,
    addTokenCommands,
    addSelftestCommand,
    addDemoCommand,
  ]) {
    add(program, io, setStatus);
  }
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
function describeError(error: unknown): string {
  if (error instanceof OperatorError) {
    const hint = error.hint === undefined ? '' : `  fix: ${printable(error.hint, true)}\n`;
    return `error: ${printable(error.message, true)} [${error.code}]\n${hint}`;
  }
  const stack =
    error instanceof Error && error.stack !== undefined ? error.stack : errorText(error);
  return `error: internal: ${printable(stack, true)}\n`;
}
