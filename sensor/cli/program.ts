/** The command line: one tree of commands. */
import { addAlertsCommands } from './alerts.ts';
import { addCampaignsCommands } from './campaigns.ts';
import { addDemoCommand } from './demo.ts';
import { addDlpCommands } from './dlp.ts';
import { addDoctorCommand } from './doctor.ts';
import { addFilesCommands } from './files.ts';
import { addIntelCommands } from './intel.ts';
import type { CliIo } from './io.ts';
import { addPeopleCommands } from './people.ts';
import { addReadCommand } from './read.ts';
import { addRulesCommands } from './rules.ts';
import { addRunCommand } from './run.ts';
import { runCommands, type Action } from './run-commands.ts';
import { addSelftestCommand } from './selftest.ts';
import { addServeCommand } from './serve.ts';
import { addSessionsCommand } from './sessions.ts';
import { addTestCommand } from './test.ts';
import { addTokenCommands } from './token.ts';

export type { Action };

/** Runs one command line (without node and script). Resolves to the exit status; never rejects. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const commands = [
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
    addDoctorCommand,
    addDemoCommand,
  ];
  return await runCommands(commands, argv, io);
}
