/** A real Prosody (the distribution's package) with plaintext logins allowed, in a network namespace. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ProsodyOptions {
  /** Command prefix that enters the namespace, for example ['ip', 'netns', 'exec', NAME]. */
  readonly enter: readonly string[];
  readonly address: string;
  readonly domain: string;
  readonly users: Readonly<Record<string, string>>;
}

export class Prosody {
  readonly #child: ChildProcess;
  readonly #folder: string;

  constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  static async start(options: ProsodyOptions): Promise<Prosody> {
    const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-prosody-'));
    for (const name of ['data', 'certs']) mkdirSync(join(folder, name));
    const config = join(folder, 'prosody.cfg.lua');
    writeFileSync(config, prosodyConfig(options, folder));
    for (const [user, password] of Object.entries(options.users)) {
      execFileSync('prosodyctl', ['--config', config, 'register', user, options.domain, password], {
        stdio: 'ignore',
      });
    }
    // env becomes the command it is given, so that the child is Prosody itself.
    const args = [...options.enter, 'prosody', '-F', '--config', config];
    const child = spawn('env', args, { stdio: 'ignore' });
    const prosody = new Prosody(child, folder);
    try {
      await waitForPort(options);
    } catch (error) {
      await prosody.stop();
      throw error;
    }
    return prosody;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const gone = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGTERM');
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function prosodyConfig(options: ProsodyOptions, folder: string): string {
  return `data_path = "${folder}/data"
certificates = "${folder}/certs"
pidfile = "${folder}/prosody.pid"
run_as_root = true
log = { warn = "${folder}/prosody.log" }
interfaces = { "${options.address}" }
modules_enabled = { "roster"; "saslauth"; "disco"; "ping"; "posix"; "version" }
modules_disabled = { "s2s"; "tls" }
authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
VirtualHost "${options.domain}"
`;
}

/** Waits until the server accepts connections inside its namespace, at most 15 s. */
async function waitForPort(options: ProsodyOptions): Promise<void> {
  const probe = `require('node:net').connect(5222, '${options.address}').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`;
  const args = [...options.enter, process.execPath, '-e', probe];
  for (let attempt = 0; attempt < 60; attempt++) {
    try {
      execFileSync('env', args, { stdio: 'ignore' });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  throw new Error('Prosody did not start listening');
}
