/** `serve`: console and API over a store that another process writes, or wrote. */
import type { Command } from 'commander';
import { EXIT } from '../core/index.ts';
import { tokenHint } from '../http-door.ts';
import { serveStore } from '../serve-store.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, configFrom, type SharedOptions } from './options.ts';
import type { Action } from './run-commands.ts';
import { interruption } from './read.ts';
import { VERSION } from './version.ts';

export function addServeCommand(program: Command, io: CliIo, setStatus: Action): void {
  addConfigOptions(
    program
      .command('serve')
      .description('console and API over an existing store, until Ctrl-C')
      .option('--db <file>', 'SQLite store')
      .option('--metrics <host:port>', 'address to listen on'),
  ).action(async (options: SharedOptions) => {
    const config = configFrom(options);
    const { signal } = interruption();
    const server = await serveStore(config, VERSION);
    io.err(`console and API on ${server.url}   (Ctrl-C ends)\n${tokenHint(config)}\n`);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
    await server.close();
    setStatus(EXIT.ok);
  });
}
