/** A real ejabberd (the distribution's package) with plaintext logins and dialback, in a network namespace. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** File it leaves in its folder when all is ready. */
const READY = 'ready';
const START_MS = 120_000;

export interface EjabberdOptions {
  /** Command prefix that enters the namespace, for example ['ip', 'netns', 'exec', NAME]. */
  readonly enter: readonly string[];
  readonly address: string;
  readonly domain: string;
  readonly users: Readonly<Record<string, string>>;
  /** Domains of its file proxy (port 7777) and of its HTTP upload service (port 5280); none unless told. */
  readonly files?: { readonly proxy: string; readonly upload: string };
}

export class Ejabberd {
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  static async start(options: EjabberdOptions): Promise<Ejabberd> {
    const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-ejabberd-'));
    const config = join(folder, 'ejabberd.yml');
    mkdirSync(join(folder, 'db'));
    writeFileSync(config, ejabberdConfig(options, folder));
    // erl itself in place of ejabberdctl: no node name, so no port mapper stays behind.
    const child = spawn(
      'env',
      [
        ...options.enter,
        'erl',
        '-noinput',
        ...['-mnesia', 'dir', `"${join(folder, 'db')}"`],
        ...['-s', 'ejabberd'],
        ...['-eval', registration(options)],
      ],
      {
        cwd: folder,
        stdio: 'ignore',
        env: {
          ...process.env,
          ERL_LIBS: libraryFolder(),
          EJABBERD_CONFIG_PATH: config,
          EJABBERD_LOG_PATH: join(folder, 'ejabberd.log'),
          ERL_CRASH_DUMP: join(folder, 'crash.dump'),
          HOME: folder,
        },
      },
    );
    const ejabberd = new Ejabberd(child, folder);
    try {
      await ejabberd.#becomesReady();
    } catch (error) {
      await ejabberd.stop();
      throw error;
    }
    return ejabberd;
  }

  async #becomesReady(): Promise<void> {
    const end = performance.now() + START_MS;
    while (!existsSync(join(this.#folder, READY))) {
      if (this.#child.exitCode !== null || performance.now() > end) {
        const log = join(this.#folder, 'ejabberd.log');
        const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
        throw new Error(`ejabberd did not start\n${text}`);
      }
      await pause(100);
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Debian keeps ejabberd in the library folder of the architecture. */
function libraryFolder(): string {
  const found = readdirSync('/usr/lib').find(
    (name) =>
      name.endsWith('-linux-gnu') &&
      readdirSync(join('/usr/lib', name)).some((library) => library.startsWith('ejabberd-')),
  );
  return join('/usr/lib', found ?? '');
}

/** Accounts are made once it runs; then it says so. */
function registration({ domain, users }: EjabberdOptions): string {
  const calls = Object.entries(users).map(
    ([user, password]) =>
      `ejabberd_auth:try_register(<<"${user}">>, <<"${domain}">>, <<"${password}">>)`,
  );
  return [...calls, `file:write_file("${READY}", <<>>)`].join(', ') + '.';
}

function ejabberdConfig({ address, domain, files }: EjabberdOptions, folder: string): string {
  return `hosts: ["${domain}"]
loglevel: warning
listen:
  - { port: 5222, ip: "${address}", module: ejabberd_c2s, max_stanza_size: 262144, access: all }
  - { port: 5269, ip: "${address}", module: ejabberd_s2s_in }
${files === undefined ? '' : `  - { port: 5280, ip: "${address}", module: ejabberd_http, request_handlers: { /upload: mod_http_upload } }\n`}s2s_use_starttls: false
s2s_access: all
auth_method: internal
auth_password_format: plain
registration_timeout: infinity
acl: {}
access_rules: {}
modules:
  mod_carboncopy: {}
  mod_disco: {}
  mod_ping: {}
  mod_roster: {}
  mod_s2s_dialback: {}
${
  files === undefined
    ? ''
    : `  mod_proxy65: { host: "${files.proxy}", ip: "${address}", hostname: "${address}", port: 7777, access: all }
  mod_http_upload: { host: "${files.upload}", put_url: "http://${files.upload}:5280/upload", docroot: "${folder}/upload", max_size: 67108864, access: all }
`
}`;
}
