/** Options that `run`, `read` and `test` share, and how they become configuration overrides. */
import { Option, type Command } from 'commander';
import { loadConfig, type SensorConfig } from '../config/index.ts';
import { setLogLevel } from '../core/index.ts';

export interface SharedOptions {
  readonly config?: string;
  readonly onlyRules?: string[];
  readonly rules?: string[];
  readonly dir?: string;
  readonly db?: string;
  readonly eve?: string;
  readonly checksums?: string;
  readonly set?: string[];
  readonly metrics?: string;
  readonly allowBadRules?: boolean;
  readonly verbose?: boolean;
}

/** Collects a repeatable option. */
export function collect(value: string, list: string[] | undefined): string[] {
  return [...(list ?? []), value];
}

/** Adds -c and --set: what every command that reads the configuration has. */
export function addConfigOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file (YAML)')
    .option('-l, --dir <folder>', 'data folder of store, EVE file and caches')
    .option('--set <key=value>', 'override one configuration value (repeatable)', collect)
    .option('-v, --verbose', 'log more');
}

/** Adds the options of the commands that run the pipeline. */
export function addPipelineOptions(command: Command): Command {
  return addConfigOptions(command)
    .option('-S, --only-rules <file>', 'use only these rules (repeatable)', collect)
    .option('-s, --rules <file>', 'add these rules (repeatable)', collect)
    .option('--db <file>', 'SQLite store, or "none"')
    .option('--eve <file>', 'EVE JSON file, "-" for standard output, "none" for none')
    .addOption(
      new Option('-k, --checksums <mode>', 'TCP checksum validation').choices([
        'auto',
        'all',
        'none',
      ]),
    )
    .option('--metrics <host:port>', 'serve console, API and metrics there')
    .option('--allow-bad-rules', 'start although rules were refused');
}

/** The configuration a command runs with: file, then flags, then --set. */
export function configFrom(options: SharedOptions, extra: readonly string[] = []): SensorConfig {
  const overrides: string[] = [];
  const put = (key: string, value: unknown): void => {
    overrides.push(`${key}=${JSON.stringify(value)}`);
  };
  if (options.onlyRules !== undefined) put('rules.files', options.onlyRules);
  if (options.rules !== undefined) put('rules.extra_files', options.rules);
  if (options.dir !== undefined) put('data_dir', options.dir);
  if (options.db === 'none') put('output.sqlite.enabled', false);
  else if (options.db !== undefined) put('output.sqlite.file', options.db);
  if (options.eve === 'none') put('output.eve.enabled', false);
  else if (options.eve !== undefined) put('output.eve.file', options.eve);
  if (options.checksums !== undefined) put('checksums', options.checksums);
  if (options.metrics !== undefined) put('http.listen', options.metrics);
  if (options.allowBadRules === true) put('rules.allow_bad', true);
  const config = loadConfig({
    file: options.config,
    // In the configuration, so that capture workers say as much.
    overrides: [
      ...overrides,
      ...extra,
      ...(options.set ?? []),
      ...(options.verbose === true ? ['log_level=debug'] : []),
    ],
  });
  setLogLevel(config.log_level);
  return config;
}
