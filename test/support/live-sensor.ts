/** `run` as a process in a network namespace: its output, signals, store, EVE file and HTTP answers. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import type { Namespace } from './netns.ts';

const MAIN = fileURLToPath(new URL('../../sensor/main.js', import.meta.url));
const HTTP = '127.0.0.1:8470';
/** Somebody else has the store for a moment: no failure, however slow the machine. */
const STORE_MS = 60_000;
/** Set-up of a capture worker takes seconds, since it warms up first, and half a minute on a machine that is busy. */
const START_MS = 120_000;

export interface LiveOptions {
  readonly namespace: Namespace;
  readonly device: string;
  /** Data folder. */
  readonly folder: string;
  /** Further arguments of `run`. */
  readonly args?: readonly string[];
  /** Commands before it, for example `nice` or `setpriv`. */
  readonly prefix?: readonly string[];
}

/** An alert as an analyst sees it in the store. */
export interface StoredAlert {
  readonly alertId: string;
  readonly sid: number;
  readonly detection: string;
  readonly severity: number;
  readonly count: number;
  readonly contributors: number;
  readonly summary: string;
}

/** The same in EVE, as far as tests look at it. */
export interface EveAlert {
  readonly event_type: string;
  readonly alert_id: string;
  readonly alert: {
    readonly signature_id: number;
    readonly count: number;
    readonly metadata: { readonly detection: readonly string[] };
    readonly context?: Readonly<Record<string, string | number>>;
  };
}

/** A file as an analyst sees it in the store, oldest first. */
export interface StoredFile {
  readonly fileId: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly road: string;
  readonly size: number;
  readonly gapBytes: number;
  readonly announcedSize: number | null;
  readonly sha256: string;
  readonly md5: string;
  readonly isComplete: number;
  readonly lack: string;
  readonly inspected: string;
}

/** The same in EVE, as far as tests look at it. */
export interface EveFile {
  readonly event_type: string;
  readonly fileinfo: {
    readonly file_id: string;
    readonly filename: string;
    readonly size: number;
    readonly sha256: string;
    readonly md5: string;
    readonly complete: boolean;
  };
}

export class LiveSensor {
  readonly #options: LiveOptions;
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  /** Standard error so far. */
  output = '';

  private constructor(options: LiveOptions) {
    const { namespace, device, folder, args = [], prefix = [] } = options;
    this.#options = options;
    const [command, ...rest] = [...namespace.enter, ...prefix, process.execPath, MAIN];
    this.#child = spawn(
      command,
      [...rest, 'run', '-i', device, '-l', folder, '--metrics', HTTP, ...args],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.#exit = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  /** Starts it and waits until it listens. */
  static async start(options: LiveOptions): Promise<LiveSensor> {
    const sensor = new LiveSensor(options);
    await sensor.says('listening on', START_MS);
    return sensor;
  }

  get store(): string {
    return join(this.#options.folder, 'stanzawatch.db');
  }

  get eve(): string {
    return join(this.#options.folder, 'eve.json');
  }

  /** Process id of the supervisor: `ip netns exec` and its like become what they run. */
  get pid(): number {
    return this.#child.pid ?? assert.fail('not started');
  }

  /** Process id of the process that starts capture workers. */
  get starter(): number {
    return childrenOf(this.pid)[0] ?? assert.fail(`nobody starts workers\n${this.output}`);
  }

  /** Process ids of the capture workers. */
  workers(): number[] {
    return childrenOf(this.starter);
  }

  /** Milliseconds its threads were ready to run and had to wait for a processor, added up. */
  waitedMs(): number {
    return [this.pid, ...this.workers()].reduce((sum, pid) => sum + waitedMs(pid), 0);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until standard error holds `text`, `times` times. */
  async says(text: string, ms = 60_000, times = 1): Promise<void> {
    await this.until(() => this.output.split(text).length > times, ms, `says "${text}"`);
  }

  /** Waits for a condition, looking every 20 ms. */
  async until(condition: () => boolean, ms: number, what: string): Promise<void> {
    const end = performance.now() + ms;
    while (!condition()) {
      if (performance.now() > end) assert.fail(`${what}: not within ${ms} ms\n${this.output}`);
      await pause(20);
    }
  }

  page(path: string): string {
    const script = `fetch('http://${HTTP}${path}').then((r) => r.text()).then((t) => process.stdout.write(t))`;
    return this.#options.namespace.run(process.execPath, '-e', script);
  }

  /** The API with the token of the first start: status and JSON. */
  ask(path: string, body?: unknown): { readonly status: number; readonly json: unknown } {
    const init = {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${this.adminToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const script = `fetch('http://${HTTP}/api/v1' + process.argv[1], JSON.parse(process.argv[2]))
      .then(async (r) => process.stdout.write(JSON.stringify({ status: r.status, json: await r.json() })))`;
    const args = ['-e', script, path, JSON.stringify(init)];
    const answer = this.#options.namespace.run(process.execPath, ...args);
    return JSON.parse(answer) as { status: number; json: unknown };
  }

  /** Command prefix that enters its namespace. */
  get enter(): string[] {
    return this.#options.namespace.enter;
  }

  /** The token of the first start. */
  get adminToken(): string {
    return readFileSync(join(this.#options.folder, 'admin.token'), 'utf8').trim();
  }

  /** A metric without its prefix, added up over its labels. */
  metric(name: string): number {
    const lines = this.page('/metrics').matchAll(
      new RegExp(`^stanzawatch_${name}(?:\\{[^}]*\\})? ([0-9.e+]+)$`, 'gm'),
    );
    return [...lines].reduce((sum, match) => sum + Number(match[1]), 0);
  }

  /** Detections of the stored alerts, one for each. */
  storedDetections(): string[] {
    return this.#ask((db) => db.prepare<[], string>('SELECT detection FROM alerts').pluck().all());
  }

  /** All stored alerts, oldest first. */
  storedAlerts(): StoredAlert[] {
    const sql =
      'SELECT alert_id AS alertId, sid, detection, severity, count, contributor_count AS contributors, summary FROM alerts ORDER BY id';
    return this.#ask((db) => db.prepare<[], StoredAlert>(sql).all());
  }

  storedFiles(): StoredFile[] {
    const sql = `SELECT file_id AS fileId, filename AS name, from_jid AS "from", to_jid AS "to", transport AS road, size,
        gap_bytes AS gapBytes, announced_size AS announcedSize, sha256, md5, complete AS isComplete, lack, inspected
        FROM files ORDER BY id`;
    return this.#ask((db) => db.prepare<[], StoredFile>(sql).all());
  }

  /** How often each signature was stored, by sid; folded repeats count. */
  storedSids(): Map<number, number> {
    const sql = 'SELECT sid, sum(count) AS count FROM alerts GROUP BY sid';
    const rows = this.#ask((db) => db.prepare<[], { sid: number; count: number }>(sql).all());
    return new Map(rows.map(({ sid, count }) => [sid, count]));
  }

  #ask<Answer>(question: (db: Database.Database) => Answer): Answer {
    const db = new Database(this.store, { readonly: true, timeout: STORE_MS });
    try {
      return question(db);
    } finally {
      db.close();
    }
  }

  eveDetections(file = this.eve): string[] {
    return this.eveAlerts('alert', file).flatMap(({ alert }) => alert.metadata.detection);
  }

  /** EVE events of a type that hold an alert: new ones, or those that grew. */
  eveAlerts(type: 'alert' | 'alert_update', file = this.eve): EveAlert[] {
    return this.#eveEvents(file).filter((event): event is EveAlert => event.event_type === type);
  }

  eveFiles(): EveFile[] {
    return this.#eveEvents(this.eve).filter(
      (event): event is EveFile => event.event_type === 'fileinfo',
    );
  }

  #eveEvents(file: string): { readonly event_type: string }[] {
    if (!existsSync(file)) return [];
    // What stands behind the last line break is a line that is being written.
    return readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { readonly event_type: string });
  }

  /** Resolves to its exit status. */
  get ended(): Promise<number | null> {
    return this.#exit;
  }

  /** Asks it to end; resolves to its exit status. */
  async stop(): Promise<number | null> {
    this.signal('SIGTERM');
    return await this.#exit;
  }

  /** For the end of a test that may have failed. */
  kill(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.signal('SIGKILL');
  }
}

/** Process ids of those it has started and that are still there; threads that start none have none. */
function childrenOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return readFileSync(path, 'latin1').split(' ').filter(Boolean).map(Number);
}

/** Milliseconds the threads of a process were ready to run and had to wait for a processor, added up. */
export function waitedMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' '))
    .reduce((sum, [, waited = '0']) => sum + Number(waited) / 1e6, 0);
}
