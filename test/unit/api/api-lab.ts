/** A server over services that answer the examples of the API, and tokens of every role. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import {
  buildServer,
  findToken,
  hashToken,
  newToken,
  type ApiServices,
  type AuditEntry,
  type HttpOptions,
  type LiveAlert,
  type Role,
  type TokenEntry,
} from '../../../sensor/api/index.ts';
import * as examples from '../../../sensor/api/schemas/examples.ts';
import { defaultLimits, type LimitValues } from '../../../sensor/core/index.ts';

export type News = LiveAlert & { readonly isUpdate: boolean };

export interface Lab {
  readonly app: FastifyInstance;
  /** One of each role, and one that has expired. */
  readonly tokens: Readonly<Record<Role | 'expired', string>>;
  readonly entries: TokenEntry[];
  readonly audit: Omit<AuditEntry, 'id'>[];
  /** Calls of services that change something, by name. */
  readonly changes: string[];
  readonly listeners: Set<(alert: News) => void>;
  readonly services: ApiServices;
}

export interface LabOptions {
  readonly limits?: Partial<LimitValues>;
  readonly services?: {
    readonly [Name in keyof ApiServices]?: Partial<ApiServices[Name]>;
  };
  readonly options?: Partial<HttpOptions>;
  readonly host?: string;
}

const [alert] = examples.alertPage.items;

/** Every service answers the example of its route, unless `services` says otherwise. */
export async function openLab(lab: LabOptions = {}): Promise<Lab> {
  const audit: Omit<AuditEntry, 'id'>[] = [];
  const changes: string[] = [];
  const listeners = new Set<(alert: News) => void>();
  const tokens = {
    viewer: newToken('viewer'),
    analyst: newToken('analyst'),
    admin: newToken('admin'),
    expired: newToken('admin'),
  };
  const entries: TokenEntry[] = Object.entries(tokens).map(([name, token]) => ({
    name,
    role: name === 'expired' ? 'admin' : (name as Role),
    sha256: hashToken(token),
    createdUsec: 1,
    ...(name === 'expired' ? { expiresUsec: 2 } : {}),
  }));
  const changed = <T>(name: string, answer: T): Promise<T> => {
    changes.push(name);
    return Promise.resolve(answer);
  };
  const { session, file, campaign, related, history } = examples.alertDetail;
  const services: ApiServices = {
    store: {
      alerts: () => Promise.resolve(examples.alertPage),
      alert: (id) => Promise.resolve(id.startsWith('4f1c') ? alert : undefined),
      groups: () => Promise.resolve(examples.alertGroups),
      top: () => Promise.resolve(examples.topRows.items),
      timeline: () => Promise.resolve(examples.alertTimeline),
      history: () => Promise.resolve(history),
      around: () => Promise.resolve({ session, file, campaign, ...related }),
      sessions: () => Promise.resolve(examples.sessionPage),
      files: () => Promise.resolve(examples.filePage),
      file: (id) => Promise.resolve(id.startsWith('a3d0') ? examples.file : undefined),
      identities: () => Promise.resolve(examples.identityPage),
      exposures: () => Promise.resolve(examples.exposurePage),
      campaigns: () => Promise.resolve(examples.campaignPage),
      campaign: (id) => Promise.resolve(id.startsWith('c-5f') ? examples.campaign : undefined),
      graph: () => Promise.resolve(examples.graph),
      stats: () => Promise.resolve(examples.stats),
      latestStats: () => Promise.resolve({ stats: undefined, rows: 0, bytes: 0 }),
      audit: () => Promise.resolve(examples.auditPage),
      newsSince: () => Promise.resolve({ alerts: [], cursor: '' }),
      triageSince: (cursor) => {
        const written = changes.filter((name) => name === 'triage').length;
        const { alertId } = examples.alertDetail.alert;
        const told = { alertIds: [alertId], entry: examples.triageEntry };
        const news = cursor === undefined ? 0 : written - cursor;
        const all = Array<typeof told>(news).fill(told);
        return Promise.resolve({ changes: all, untold: 0, cursor: written });
      },
      triage: () => changed('triage', examples.triageEntry),
      triageMany: () => changed('triageMany', { changed: 1, alertIds: ['4f1c'] }),
      writeAudit: (entry) => {
        audit.push(entry);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
      ...lab.services?.store,
    },
    rules: {
      rows: () => Promise.resolve(examples.ruleRows),
      detail: (_gid, sid) => Promise.resolve(sid === 100_020 ? examples.ruleDetail : undefined),
      try: () => Promise.resolve(examples.tryAnswer),
      tuning: () => Promise.resolve(examples.tuningList.items),
      tune: () => changed('tune', examples.tuningEntry),
      untune: () => changed('untune', examples.untunedEntry),
      reload: () => changed('reload', examples.reloadAnswer),
      ...lab.services?.rules,
    },
    packets: {
      kept: () => Promise.resolve(examples.alertDetail.packets),
      pcap: () => Promise.resolve(blocks(['\n\r\r\n', 'packets'])),
      transcript: () => Promise.resolve(examples.transcript),
      ...lab.services?.packets,
    },
    sensor: {
      health: () => Promise.resolve(examples.health),
      metricsText: () => Promise.resolve('stanzawatch_up 1\n'),
      onAlert: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      ...lab.services?.sensor,
    },
  };
  const app = await buildServer(
    {
      listen: '127.0.0.1:0',
      allowedHosts: [],
      limits: { ...defaultLimits(), ...lab.limits },
      about: { sensor: 'edge-1', version: '0.1.0', isLive: true },
      services,
      tokens: {
        find: (token) => findToken(entries, token),
        has: (entry) => entries.includes(entry),
      },
      readiness: () => Promise.resolve([{ check: 'store', isOk: true, text: 'writing' }]),
      consoleFolder: '/nonexistent',
      ...lab.options,
    },
    lab.host ?? '127.0.0.1',
  );
  return { app, tokens, entries, audit, changes, listeners, services };
}

async function* blocks(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** A path of the table with examples in place of its parameters. */
export function pathOf(path: string): string {
  const id = path.startsWith('/files')
    ? 'a3d00c5b7e9f4412'
    : path.startsWith('/campaigns')
      ? 'c-5f2b9e01'
      : path.startsWith('/rules/tuning')
        ? 't1'
        : '4f1c9a7be0d2358864aa01c3d75be912';
  const query = path === '/graph' ? '?jid=alice%40example.org' : '';
  return `/api/v1${path.replace(':id', id).replace(':sid', '100020')}${query}`;
}

export async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}

/** GET over a socket, the answer not read yet. */
export async function open(
  port: number,
  path: string,
  headers: Record<string, string>,
): Promise<IncomingMessage> {
  const call = request({ host: '127.0.0.1', port, path, headers, agent: false });
  call.end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return response;
}

/** Sends bytes as they are, and gives all that comes back until the server closes. */
export async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8');
  let answer = '';
  socket.on('data', (chunk: string) => (answer += chunk));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}
