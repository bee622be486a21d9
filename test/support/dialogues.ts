/** Scripted XMPP over real TCP: what attackers and their victims say, played in a network namespace. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Namespace } from './netns.ts';

const SCRIPT = join(process.cwd(), 'test', 'support', 'clients', 'dialogues.mjs');
const LONGEST_MS = 180_000;

/**
 * One thing a side does: sends text (`${NAME}` is what `as: NAME` kept), waits for text that matches, and keeps its first
 * group, waits for milliseconds, tells all others that it is so far, or waits until as many others as `times` told that.
 */
export type Step =
  | { readonly send: string }
  | { readonly expect: string; readonly as?: string }
  | { readonly wait: number }
  | { readonly tell: string }
  | { readonly hear: string; readonly times: number };

/** A connection, or a server that says the same to whoever connects. */
export type Dialogue = { readonly name: string; readonly steps: readonly Step[] } & (
  | {
      readonly connect: { readonly address: string; readonly port: number; readonly from?: string };
      /** Milliseconds after the start. */
      readonly at?: number;
    }
  | { readonly listen: { readonly address: string; readonly port: number } }
);

/** Plays dialogues at the same time; servers listen until all others are over. Throws with what was missing. */
export function playDialogues(namespace: Namespace, dialogues: readonly Dialogue[]): void {
  const [command, ...args] = ['env', ...namespace.enter, process.execPath, SCRIPT];
  try {
    execFileSync(command, args, {
      input: JSON.stringify(dialogues),
      encoding: 'utf8',
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: LONGEST_MS,
    });
  } catch (error) {
    const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`dialogues in ${namespace.name}: ${text.trim()}`, { cause: error });
  }
}

export const send = (text: string): Step => ({ send: text });
export const expect = (pattern: string, as?: string): Step =>
  as === undefined ? { expect: pattern } : { expect: pattern, as };
export const wait = (ms: number): Step => ({ wait: ms });
export const tell = (what: string): Step => ({ tell: what });
export const hear = (what: string, times = 1): Step => ({ hear: what, times });

const STREAM = "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'";

export function clientHeader(domain: string): string {
  return `<?xml version='1.0'?><stream:stream to='${domain}' xmlns='jabber:client' ${STREAM}>`;
}

export function serverHeader(from: string, to: string): string {
  return `<?xml version='1.0'?><stream:stream from='${from}' to='${to}' xmlns='jabber:server' xmlns:db='jabber:server:dialback' ${STREAM}>`;
}

export interface Account {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
}

/** Header and SASL PLAIN; what the server makes of it is for the next step. */
export function offerLogin({ user, domain, password }: Account): Step[] {
  const secret = Buffer.from(`\0${user}\0${password}`).toString('base64');
  return [
    send(clientHeader(domain)),
    expect('</stream:features>'),
    send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${secret}</auth>`),
  ];
}

/** A whole login as clients do it: bind, roster, presence. */
export function logIn(account: Account, resource = 'desk'): Step[] {
  return [
    ...offerLogin(account),
    expect('<success'),
    send(clientHeader(account.domain)),
    expect('</stream:features>'),
    send(
      `<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`,
    ),
    expect(`<jid>${account.user}@${account.domain}/${resource}</jid>`),
    send("<iq type='get' id='r1'><query xmlns='jabber:iq:roster'/></iq>"),
    expect('jabber:iq:roster'),
    send('<presence/>'),
    expect('<presence'),
  ];
}

export const logOut: readonly Step[] = [send('</stream:stream>'), wait(100)];
