/** A data folder filled by `read`, and `serve` over it as processes: what the console and the API tests ask. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fetchAlone } from './fetch-alone.ts';

export const MAIN = fileURLToPath(new URL('../../sensor/main.js', import.meta.url));
const START_MS = 120_000;
let started = 0;

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** Runs a command of the program to its end; gives its standard output. Fails unless it ends with 0. */
export function runMain(...args: readonly string[]): string {
  return execFileSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 256 * 1024 * 1024,
  });
}

/** Reads captures into the store, EVE file and packets of a folder. */
export function fillStore(folder: string, captures: readonly string[]): void {
  runMain('read', ...captures, '-l', folder);
}

/** A token that was made on the command line. */
export function createToken(
  folder: string,
  name: string,
  role: 'viewer' | 'analyst' | 'admin',
  ...args: readonly string[]
): string {
  const out = runMain('token', 'create', '--name', name, '--role', role, '-l', folder, ...args);
  return /sw_[a-z]_[\w-]{43}/.exec(out)?.[0] ?? assert.fail(`no token in: ${out}`);
}

/** Makes a token end in the past. */
export function expireToken(folder: string, name: string): void {
  const path = join(folder, 'tokens.json');
  const file = JSON.parse(readFileSync(path, 'utf8')) as {
    tokens: { name: string; expiresUsec?: number }[];
  };
  for (const token of file.tokens) if (token.name === name) token.expiresUsec = 1;
  writeFileSync(path, JSON.stringify(file));
}

/** Where a program tells that it listens, once it has told all of it. */
export function listeningUrl(output: string): string | undefined {
  return /https?:\/\/127\.0\.0\.1:\d+(?=\D)/.exec(output)?.[0];
}

export class ServedStore {
  readonly folder: string;
  readonly url: string;
  /** A token that may do everything. */
  readonly adminToken: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;

  private constructor(folder: string, url: string, adminToken: string, child: ChildProcess) {
    this.folder = folder;
    this.adminToken = adminToken;
    this.url = url;
    this.#child = child;
    this.#exit = new Promise((resolve) => child.once('exit', resolve));
  }

  /** Starts `serve` on a free port of loopback and waits until it listens. */
  static async start(folder: string, ...args: readonly string[]): Promise<ServedStore> {
    const adminToken = createToken(folder, `admin-${++started}`, 'admin');
    const command = [MAIN, 'serve', '-l', folder, '--metrics', '127.0.0.1:0', ...args];
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const read = (text: string): void => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    const end = performance.now() + START_MS;
    for (;;) {
      const url = listeningUrl(output);
      if (url !== undefined) return new ServedStore(folder, url, adminToken, child);
      if (child.exitCode !== null || performance.now() > end) {
        child.kill('SIGKILL');
        assert.fail(`serve does not listen: ${output}`);
      }
      await pause(20);
    }
  }

  /** A request with a token; the path is sent as it is written. */
  async ask(path: string, token: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    const response = await fetchAlone(`${this.url}${path}`, { ...init, headers });
    return {
      status: response.status,
      headers: new Map(response.headers),
      text: await response.text(),
    };
  }

  /** GET of the API; fails unless it answers 200 with JSON. */
  async get<T>(path: string, token = this.adminToken): Promise<T> {
    const { status, text } = await this.ask(`/api/v1${path}`, token);
    assert.equal(status, 200, `${path}: ${text}`);
    return JSON.parse(text) as T;
  }

  /** POST of the API with a JSON body. */
  async post(path: string, body: unknown, token = this.adminToken): Promise<Answer> {
    return await this.ask(`/api/v1${path}`, token, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** Asks it to end; resolves to its exit status. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return await this.#exit;
  }
}
