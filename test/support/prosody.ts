/** A real Prosody (the distribution's package) with plaintext logins allowed, in a network namespace. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitForPort } from './wait-for-port.ts';

export interface ProsodyOptions {
  /** Command prefix that enters the namespace, for example ['ip', 'netns', 'exec', NAME]. */
  readonly enter: readonly string[];
  readonly address: string;
  readonly domain: string;
  readonly users: Readonly<Record<string, string>>;
  /** Talks to other servers (dialback, without TLS), at this address too; lets everybody register. */
  readonly openAddress?: string;
  /** Domain of its rooms; none unless told. */
  readonly rooms?: string;
  /** Domains of its file proxy (port 7777) and of its HTTP upload service (port 5280); none unless told. */
  readonly files?: { readonly proxy: string; readonly upload: string };
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
      await waitForPort(options.enter, options.address, 5222, 90);
    } catch (error) {
      await prosody.stop();
      throw error;
    }
    return prosody;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGTERM');
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const MODULES = ['roster', 'saslauth', 'disco', 'ping', 'posix', 'version'];
const OPEN_MODULES = ['s2s', 'dialback', 'register_ibr', 'carbons'];

function prosodyConfig(options: ProsodyOptions, folder: string): string {
  const { address, openAddress, domain, rooms } = options;
  const isOpen = openAddress !== undefined;
  const list = (texts: readonly string[]): string => texts.map((text) => `"${text}"`).join('; ');
  return `data_path = "${folder}/data"
certificates = "${folder}/certs"
pidfile = "${folder}/prosody.pid"
run_as_root = true
log = { warn = "${folder}/prosody.log" }
interfaces = { ${list(isOpen ? [address, openAddress] : [address])} }
http_interfaces = { "${address}" }
http_ports = { 5280 }
https_ports = { }
proxy65_interfaces = { "${address}" }
proxy65_ports = { 7777 }
modules_enabled = { ${list(isOpen ? [...MODULES, ...OPEN_MODULES] : MODULES)} }
modules_disabled = { ${list(isOpen ? ['tls'] : ['s2s', 'tls'])} }
authentication = "internal_plain"
c2s_require_encryption = false
s2s_require_encryption = false
s2s_secure_auth = false
allow_registration = ${isOpen}
allow_unencrypted_plain_auth = true
VirtualHost "${domain}"
${rooms === undefined ? '' : `Component "${rooms}" "muc"\n`}${filesConfig(options)}`;
}

function filesConfig({ address, files }: ProsodyOptions): string {
  if (files === undefined) return '';
  return `Component "${files.proxy}" "proxy65"
  proxy65_address = "${address}"
Component "${files.upload}" "http_file_share"
  http_external_url = "http://${files.upload}:5280/"
  http_file_share_size_limit = 64*1024*1024
`;
}
