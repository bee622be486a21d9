/** A command line as it is typed, in this process: its exit status and what it printed. */
import { runCli } from '../../sensor/cli/program.ts';

export interface CliRun {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export async function runCommand(...argv: readonly string[]): Promise<CliRun> {
  return await runInTerminal(0, ...argv);
}

/** The same on a terminal of so many columns; 0: none. */
export async function runInTerminal(columns: number, ...argv: readonly string[]): Promise<CliRun> {
  let out = '';
  let err = '';
  const status = await runCli(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    columns,
    isErrTerminal: false,
  });
  return { status, out, err };
}
