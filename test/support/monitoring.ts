/**
 * Prometheus and Alertmanager of the distribution in a network namespace, with the shipped rules and examples on a
 * faster clock, and a receiver of webhooks. Everything listens on the loopback of the namespace.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Namespace } from './netns.ts';
import { waitForPort } from './wait-for-port.ts';

const SHIPPED = join(process.cwd(), 'dashboards', 'prometheus');
const RECEIVER = join(process.cwd(), 'test', 'support', 'clients', 'hook-receiver.mjs');
const PORTS = { prometheus: 9090, alertmanager: 9093, receiver: 9099 };
/** Asks Prometheus one expression after the other, from standard input, and prints the answers. */
const ASK = `
let text = '';
for await (const piece of process.stdin) text += piece;
const answers = [];
for (const query of JSON.parse(text)) {
  const body = new URLSearchParams({ query });
  const response = await fetch('http://127.0.0.1:${PORTS.prometheus}/api/v1/query', { method: 'POST', body });
  answers.push(await response.json());
}
process.stdout.write(JSON.stringify(answers));`;

export interface Hook {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What Prometheus answers to an instant query. */
export interface Answer {
  readonly status: 'success' | 'error';
  readonly error?: string;
  readonly data?: {
    readonly resultType: string;
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

export class Monitoring {
  readonly #namespace: Namespace;
  readonly #folder: string;
  readonly #children: ChildProcess[] = [];
  /** Where the sensor may post to. */
  readonly hookUrl = `http://127.0.0.1:${PORTS.receiver}/direct`;

  private constructor(namespace: Namespace, folder: string) {
    this.#namespace = namespace;
    this.#folder = folder;
  }

  /** Starts all three; their files go into `folder`. */
  static async start(namespace: Namespace, folder: string): Promise<Monitoring> {
    const monitoring = new Monitoring(namespace, folder);
    try {
      await monitoring.#start();
    } catch (error) {
      await monitoring.stop();
      throw error;
    }
    return monitoring;
  }

  /** All requests the receiver got, oldest first. */
  hooks(): Hook[] {
    if (!existsSync(this.#hookFile)) return [];
    const lines = readFileSync(this.#hookFile, 'utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line) as Hook);
  }

  /** The first request that fits, waited for. */
  async hook(fits: (hook: Hook) => boolean, ms: number, what: string): Promise<Hook> {
    const end = performance.now() + ms;
    for (;;) {
      const found = this.hooks().find(fits);
      if (found !== undefined) return found;
      if (performance.now() > end) assert.fail(`${what}: not within ${ms} ms`);
      await pause(100);
    }
  }

  /** Instant queries, answered in order. */
  async ask(queries: readonly string[]): Promise<Answer[]> {
    const child = this.#spawn(process.execPath, ['--input-type=module', '-e', ASK], 'pipe');
    let out = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stdin?.end(JSON.stringify(queries));
    const status = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(status, 0, 'Prometheus was asked');
    return JSON.parse(out) as Answer[];
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      }),
    );
  }

  get #hookFile(): string {
    return join(this.#folder, 'hooks.jsonl');
  }

  async #start(): Promise<void> {
    const folder = this.#folder;
    mkdirSync(folder, { recursive: true });
    for (const name of ['recording.rules.yml', 'alerting.rules.yml']) {
      copyFileSync(join(SHIPPED, name), join(folder, name));
    }
    const write = (name: string, change: (text: string) => string): string => {
      const path = join(folder, name);
      writeFileSync(path, change(readFileSync(join(SHIPPED, name), 'utf8')));
      return path;
    };
    const prometheus = write('prometheus.yml', (text) =>
      text.replace(/(scrape|evaluation)_interval: 15s/g, '$1_interval: 1s'),
    );
    const alertmanager = write('alertmanager.yml', (text) =>
      text
        .replace(/group_wait: \w+/g, 'group_wait: 1s')
        .replace(/group_interval: \w+/, 'group_interval: 2s'),
    );
    this.#spawn(process.execPath, [RECEIVER, `${PORTS.receiver}`, this.#hookFile], 'ignore');
    this.#spawn(
      'prometheus-alertmanager',
      [
        `--config.file=${alertmanager}`,
        `--storage.path=${join(folder, 'alertmanager')}`,
        `--web.listen-address=127.0.0.1:${PORTS.alertmanager}`,
        '--cluster.listen-address=',
      ],
      'ignore',
    );
    this.#spawn(
      'prometheus',
      [
        `--config.file=${prometheus}`,
        `--storage.tsdb.path=${join(folder, 'prometheus')}`,
        `--web.listen-address=127.0.0.1:${PORTS.prometheus}`,
      ],
      'ignore',
    );
    for (const port of Object.values(PORTS)) {
      await waitForPort(this.#namespace.enter, '127.0.0.1', port, 90);
    }
  }

  /** `env` becomes what it is given, and so does `ip netns exec`: the child is the program itself. */
  #spawn(command: string, args: readonly string[], stdio: 'ignore' | 'pipe'): ChildProcess {
    const child = spawn('env', [...this.#namespace.enter, command, ...args], {
      stdio: [stdio, stdio, 'ignore'],
    });
    this.#children.push(child);
    return child;
  }
}
