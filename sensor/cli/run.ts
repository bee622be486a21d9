/** `run`: the live sensor. */
import type { Command } from 'commander';
import { directionHint } from '../config/index.ts';
import { openStarter } from '../confinement.ts';
import { OperatorError, log } from '../core/index.ts';
import { tokenHint } from '../http-door.ts';
import { giveFolder } from '../privileges.ts';
import { runLive } from '../live.ts';
import { storesData } from '../rule-files.ts';
import type { CliIo } from './io.ts';
import { addPipelineOptions, collect, configFrom, type SharedOptions } from './options.ts';
import type { Action } from './run-commands.ts';
import { VERSION } from './version.ts';

interface RunOptions extends SharedOptions {
  readonly interface?: string[];
  readonly workers?: string;
  readonly user?: string;
}

export function addRunCommand(program: Command, io: CliIo, setStatus: Action): void {
  const command = program
    .command('run')
    .description('watch one or more interfaces (a mirror port, a VPN segment)')
    .argument('[filter...]', 'BPF expression, for example: tcp port 5222')
    .option('-i, --interface <name>', 'interface to listen on (repeatable)', collect)
    .option('--workers <count>', 'capture worker processes, or "auto"')
    .option('--user <name>', 'give root up for this user, who may capture and nothing else');
  addPipelineOptions(command).action(async (filterWords: string[], options: RunOptions) => {
    const extra: string[] = [];
    if (options.workers !== undefined) extra.push(`capture.workers=${options.workers}`);
    if (options.user !== undefined) extra.push(`capture.user=${JSON.stringify(options.user)}`);
    const config = configFrom(options, extra);
    const interfaces = [...config.capture.interfaces, ...(options.interface ?? [])];
    if (interfaces.length === 0) {
      throw new OperatorError(
        'USAGE',
        'No interface is named',
        'Add -i IFACE, for example: stanzawatch run -i eth1',
      );
    }
    const { user } = config.capture;
    if (user !== '') giveFolder(config.data_dir, user);
    const starter = openStarter(
      user,
      [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
      options.config === undefined ? [] : [options.config],
    );
    const hint = directionHint(config);
    if (hint !== '') log('info', 'config', hint);
    const status = await runLive({
      config,
      starter,
      interfaces,
      filter: filterWords.length > 0 ? filterWords.join(' ') : config.capture.filter,
      version: VERSION,
      onReady: (url) => {
        io.err(
          `listening on ${interfaces.join(', ')}${url === '' ? '' : `; console, API and metrics on ${url}`}\n`,
        );
        if (url !== '' && storesData(config)) io.err(`${tokenHint(config)}\n`);
      },
    });
    setStatus(status);
  });
}
