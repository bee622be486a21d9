/** Where commands print to: the process's streams, or a test's strings. */

export interface CliIo {
  /** Results: tables, JSON. */
  out(text: string): void;
  /** Results that are no text; not there where `out` is a terminal, which would take them for commands. */
  readonly outBytes?: ((bytes: Uint8Array) => void) | undefined;
  /** Progress, summaries and errors. */
  err(text: string): void;
  /** Terminal width of `out`, 0 when it is no terminal. */
  readonly columns: number;
  /** Is `err` a terminal that can show a progress bar? */
  readonly isErrTerminal: boolean;
}

export function processIo(): CliIo {
  return {
    out: (text) => process.stdout.write(text),
    outBytes: process.stdout.isTTY ? undefined : (bytes) => process.stdout.write(bytes),
    err: (text) => process.stderr.write(text),
    columns: process.stdout.isTTY ? process.stdout.columns : 0,
    isErrTerminal: process.stderr.isTTY,
  };
}
