/**
 * Real file transfers: Prosody (corp.example) and ejabberd (ext.example), each with its file proxy on port 7777 and its
 * upload service on port 5280, on the mirrored host of the lab, and clients that send each other files.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ejabberd } from './ejabberd.ts';
import { Lab } from './lab.ts';
import type { Namespace } from './netns.ts';
import { Prosody } from './prosody.ts';

export type TransferRoad = 'proxy' | 'direct' | 'ibb' | 'ibb-message' | 'upload';

/** A file to send. */
export interface SentFile {
  readonly name: string;
  readonly mime: string;
  readonly content: Uint8Array;
}

export interface Transfer {
  readonly server: 'prosody' | 'ejabberd';
  readonly road: TransferRoad;
  readonly file: SentFile;
}

/** What a client says at its end. */
interface Report {
  readonly size: number;
  readonly sha256: string;
}

const SERVERS = {
  prosody: { address: '10.99.0.2', domain: 'corp.example' },
  ejabberd: { address: '10.99.0.3', domain: 'ext.example' },
} as const;
const USERS = { alice: 'alice-s3same-0pen', bob: 'bob-s3same-0pen' };
const SCRIPT = join(process.cwd(), 'test', 'support', 'clients', 'file_client.py');
const CLIENT_MS = 150_000;
const FIRST_DIRECT_PORT = 28_000;

export class FileLab {
  readonly lab: Lab;
  /** Where those live who receive. */
  readonly #peer: Namespace;
  readonly #folder = mkdtempSync(join(tmpdir(), 'stanzawatch-files-'));
  readonly #stops: (() => Promise<void> | void)[] = [];
  #directPort = FIRST_DIRECT_PORT;

  private constructor(lab: Lab) {
    this.lab = lab;
    this.#peer = lab.addHost('peer', '10.99.0.20/24');
  }

  static async start(): Promise<FileLab> {
    const lab = new Lab();
    const files = new FileLab(lab);
    files.#stops.push(() => {
      lab.remove();
    });
    try {
      await files.#startServers();
    } catch (error) {
      await files.stop();
      throw error;
    }
    return files;
  }

  async #startServers(): Promise<void> {
    const { server } = this.lab;
    server.ip('addr', 'add', `${SERVERS.ejabberd.address}/24`, 'dev', 's0');
    const options = (name: 'prosody' | 'ejabberd') => ({
      enter: server.enter,
      ...SERVERS[name],
      users: USERS,
      files: {
        proxy: `proxy.${SERVERS[name].domain}`,
        upload: `upload.${SERVERS[name].domain}`,
      },
    });
    const prosody = await Prosody.start(options('prosody'));
    this.#stops.push(() => prosody.stop());
    const ejabberd = await Ejabberd.start(options('ejabberd'));
    this.#stops.push(() => ejabberd.stop());
  }

  /** Alice sends bob a file; both ends must agree on what it was. Full JIDs of the two, for comparison. */
  async transfer(transfer: Transfer): Promise<{ from: string; to: string; sid: string }> {
    const { server, road, file } = transfer;
    const { address, domain } = SERVERS[server];
    const path = join(this.#folder, 'sent');
    writeFileSync(path, file.content);
    const from = `alice@${domain}/desk`;
    const to = `bob@${domain}/home`;
    const sid = randomUUID();
    const common = {
      road,
      host: address,
      resolve: Object.values(SERVERS).map((one) => `upload.${one.domain}:5280:${one.address}`),
    };
    const receiver = runClient(this.#peer, {
      ...common,
      role: 'receive',
      jid: to,
      password: USERS.bob,
    });
    await receiver.ready;
    // What passes between two clients is not mirrored: then the sender stands behind the server's port.
    const sender = runClient(road === 'direct' ? this.lab.server : this.lab.client, {
      ...common,
      role: 'send',
      jid: from,
      password: USERS.alice,
      peer: to,
      sid,
      file: path,
      name: file.name,
      mime: file.mime,
      service: `upload.${domain}`,
      listen: [SERVERS.prosody.address, this.#directPort++],
    });
    const reports = await Promise.all([sender.report, receiver.report]);
    const sha256 = sha256Of(file.content);
    for (const report of reports) {
      assert.deepEqual(
        { size: report.size, sha256: report.sha256 },
        { size: file.content.length, sha256 },
      );
    }
    return { from, to, sid };
  }

  /**
   * From now on one of eight large packets that are not on port 5222 is not mirrored: bytes of files are lost, not
   * offers and openings.
   */
  loseData(): void {
    const { client, server, switch: bridge } = this.lab;
    // Packets as they are on a wire, not what the kernel puts together for virtual devices.
    client.ip('link', 'set', 'c0', 'gso_max_segs', '1');
    server.ip('link', 'set', 's0', 'gso_max_segs', '1');
    this.#peer.ip('link', 'set', 'h0', 'gso_max_segs', '1');
    const mirror = ['action', 'mirred', 'egress', 'mirror', 'dev', 'm1'];
    for (const direction of ['ingress', 'egress']) {
      const filter = (priority: number, ...rest: string[]): void => {
        const head = ['filter', 'add', 'dev', 's1', direction, 'protocol', 'ip'];
        bridge.run('tc', ...head, 'prio', `${priority}`, 'u32', 'match', ...rest);
      };
      filter(1, 'ip', 'sport', '5222', '0xffff', ...mirror);
      filter(1, 'ip', 'dport', '5222', '0xffff', ...mirror);
      // Total length below 1,024.
      filter(2, 'u16', '0', '0xfc00', 'at', '2', ...mirror);
      // One of eight by its identification, which counts up: matched here, it never comes to the mirror behind.
      filter(3, 'u16', '0', '0x0007', 'at', '4', 'flowid', '1:1');
    }
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.reverse()) await stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export function md5Of(content: Uint8Array): string {
  return createHash('md5').update(content).digest('hex');
}

/** Starts a client; what it says, line by line. */
function runClient(
  namespace: Namespace,
  options: Readonly<Record<string, unknown>>,
): { ready: Promise<void>; report: Promise<Report> } {
  const [command, ...rest] = [
    ...namespace.enter,
    '/usr/bin/python3',
    SCRIPT,
    JSON.stringify(options),
  ];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let errors = '';
  const waiting: (() => void)[] = [];
  let isOver = false;
  const look = (): void => {
    for (const wake of waiting.splice(0)) wake();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.once('close', () => {
    isOver = true;
    look();
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), CLIENT_MS);
  timer.unref();
  const line = async (key: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const found = said
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => JSON.parse(text) as Record<string, unknown>)
        .find((object) => key in object);
      if (found !== undefined) return found;
      if (isOver) {
        throw new Error(`client of ${String(options['jid'])} ended without ${key}\n${errors}`);
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  const ready = line('ready').then(() => undefined);
  const report = line('sha256').then((found) => found as unknown as Report);
  // Whoever waits for the first need not have asked for the second yet.
  report.catch(() => undefined);
  return { ready, report };
}
