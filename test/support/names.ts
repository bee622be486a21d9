/** Names for a network namespace: a name server inside it (clients/dns.mjs), and a resolv.conf that points there. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from './netns.ts';

const SCRIPT = join(process.cwd(), 'test', 'support', 'clients', 'dns.mjs');
const ADDRESS = '127.0.0.1';

export class Names {
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  /** `hosts`: address of each domain. Commands started in the namespace afterwards see them. */
  static async start(
    namespace: Namespace,
    hosts: Readonly<Record<string, string>>,
  ): Promise<Names> {
    // iproute2 lays what is in this folder over /etc for commands it starts in the namespace.
    const folder = join('/etc/netns', namespace.name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'resolv.conf'), `nameserver ${ADDRESS}\n`);
    const pairs = Object.entries(hosts).map(([name, address]) => `${name}=${address}`);
    const args = [...namespace.enter, process.execPath, SCRIPT, ADDRESS, ...pairs];
    const child = spawn('env', args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    await Promise.race([once(child, 'message'), once(child, 'exit')]);
    return new Names(child, folder);
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
