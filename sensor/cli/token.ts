/** `token`: who may use console and API. A token is printed once and kept nowhere. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { ROLES, hasExpired, type Role, type TokenEntry } from '../api/index.ts';
import { wallClockUsec } from '../core/index.ts';
import { createToken, readTokens, revokeToken } from '../token-file.ts';
import { audited } from './audited.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, configFrom, type SharedOptions } from './options.ts';
import { renderTable, type Column } from './table.ts';
import { formatTime } from './time.ts';

interface CreateOptions extends SharedOptions {
  readonly name: string;
  readonly role: Role;
  readonly days?: number;
  readonly json?: boolean;
}

interface ListOptions extends SharedOptions {
  readonly json?: boolean;
}

const MAX_DAYS = 3650;

const COLUMNS: readonly Column<TokenEntry>[] = [
  { title: 'name', value: ({ name }) => name, flexible: true },
  { title: 'role', value: ({ role }) => role },
  { title: 'created (UTC)', value: ({ createdUsec }) => formatTime(createdUsec) },
  {
    title: 'expires (UTC)',
    value: (entry) => {
      if (entry.expiresUsec === undefined) return 'never';
      const isOver = hasExpired(entry, wallClockUsec());
      return `${formatTime(entry.expiresUsec)}${isOver ? ' (expired)' : ''}`;
    },
  },
];

export function addTokenCommands(program: Command, io: CliIo): void {
  const token = program.command('token').description('who may use console and API');
  addConfigOptions(
    token
      .command('create')
      .description('make a token; it is printed once')
      .requiredOption('--name <name>', 'whose it is: the name in the audit')
      .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).default('viewer'))
      .option('--days <number>', 'how long it lasts; for ever unless told', days)
      .option('--json', 'print JSON'),
  ).action(async (options: CreateOptions) => {
    const config = configFrom(options);
    const { name, role } = options;
    const entry = { action: 'token_created', object: name, detail: { role } };
    const text = await audited(config, entry, () =>
      wrapped(() => createToken(config.data_dir, { name, role, days: options.days })),
    );
    if (options.json === true) {
      io.out(`${JSON.stringify({ name, role, token: text })}\n`);
      return;
    }
    io.err(`token of ${name} (${role}); it is not shown again:\n`);
    io.out(`${text}\n`);
  });
  addConfigOptions(
    token.command('list').description('tokens there are').option('--json', 'print JSON'),
  ).action((options: ListOptions) => {
    const entries = readTokens(configFrom(options).data_dir);
    if (options.json === true) {
      const rows = entries.map(({ name, role, createdUsec, expiresUsec }) => {
        return { name, role, createdUsec, expiresUsec };
      });
      io.out(`${JSON.stringify(rows, null, 2)}\n`);
    } else io.out(entries.length === 0 ? 'no token\n' : renderTable(entries, COLUMNS, io.columns));
  });
  addConfigOptions(
    token
      .command('revoke')
      .description('end a token; a running sensor refuses it at once')
      .argument('<name>', 'as the list shows it'),
  ).action(async (name: string, options: SharedOptions) => {
    const config = configFrom(options);
    await audited(config, { action: 'token_revoked', object: name, detail: {} }, () =>
      wrapped(() => {
        revokeToken(config.data_dir, name);
      }),
    );
    io.err(`the token of ${name} is revoked\n`);
  });
}

/** What throws rejects. */
function wrapped<T>(act: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(act());
  });
}

function days(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= MAX_DAYS) return Number(text);
  throw new InvalidArgumentError(`Not a number of days from 1 to ${MAX_DAYS}.`);
}
