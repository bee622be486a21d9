/**
 * What somebody pastes to be tried, as a conversation: a stream of its own where it brings a header, else stanzas
 * behind the log-in of whom they are from. It may be anything at all; nothing here looks further than its first tag.
 */
import { join } from 'node:path';
import type { TryRequest } from '../api/index.ts';
import { CASE_DOMAIN } from '../case-site.ts';
import { OperatorError } from '../core/index.ts';
import { SIGNATURES } from '../rule-files.ts';
import {
  conversationBehind,
  withTurns,
  type CaseTurn,
  type SignatureCase,
} from '../rules/index.ts';

const MAX_TRY_BYTES = 256 * 1024;

export interface TryInput {
  /** Undefined: there is nothing to play, `notes` say why. */
  readonly conversation: SignatureCase | undefined;
  readonly notes: readonly string[];
}

/** A session of signatures/cases/sessions.yaml, and what it is called here. */
interface Setting {
  readonly session: 'none' | 'header' | 'scram' | 's2s' | 'component';
  readonly port: number;
  readonly words: string;
  readonly account?: Account;
}

interface Account {
  readonly local: string;
  readonly domain: string;
  readonly resource: string;
}

/** The first tag of a text, for people's XML. */
interface FirstTag {
  readonly prefix: string;
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Elements of the log-in, which comes before anything else. */
const LOGIN_NAMES: readonly string[] = [
  ...['starttls', 'proceed', 'features', 'compress', 'compressed', 'auth', 'authenticate'],
  ...['challenge', 'response', 'success', 'failure', 'abort'],
];
const PORTS = { c2s: 5222, s2s: 5269, component: 5347 } as const;
/** How far the first tag is looked for: behind a declaration and a document type. */
const HEAD_BYTES = 16 * 1024;
/** As sessions.yaml writes them. */
const SESSION_RESOURCE = 'desk';
const USUAL: Account = { local: 'alice', domain: CASE_DOMAIN, resource: SESSION_RESOURCE };

/** `ownDomain`: of accounts that name none. Throws OperatorError USAGE for what cannot be read at all. */
export function tryInput(request: TryRequest, ownDomain: string = CASE_DOMAIN): TryInput {
  const direction = request.direction === 'to_client' ? 1 : 0;
  const all = bytesOf(request);
  if (all.every((byte) => byte <= 0x20)) {
    return { conversation: undefined, notes: ['There is nothing in it: paste a stanza'] };
  }
  const head = headText(all);
  const first = firstTag(head);
  const setting = settingOf(first, direction, ownDomain);
  const { bytes, isCut } = setting.session === 'none' ? { bytes: all, isCut: false } : bare(all);
  const notes = [setting.words];
  if (isCut)
    notes.push('The XML declaration before the stanza was left out: streams have one only');
  if (first === undefined) notes.push('No tag begins in it: a stanza is an element, as <message>');
  return { conversation: behind(setting, { kind: 'data', direction, bytes }), notes };
}

function bytesOf({ stanza, encoding }: TryRequest): Uint8Array {
  // Base64 is a third longer; white space in it is nobody's mistake.
  if (typeof stanza !== 'string' || stanza.length > 2 * MAX_TRY_BYTES) throw tooLong();
  if (encoding === 'base64' && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(stanza)) {
    throw new OperatorError('USAGE', 'The stanza is not base64', 'Send it as text, or encode it');
  }
  const bytes = Buffer.from(stanza, encoding === 'base64' ? 'base64' : 'utf8');
  if (bytes.length > MAX_TRY_BYTES) throw tooLong();
  return bytes;
}

function tooLong(): OperatorError {
  return new OperatorError(
    'USAGE',
    `The stanza is longer than ${MAX_TRY_BYTES} bytes`,
    'Read it from a capture: stanzawatch read FILE',
  );
}

/** The beginning as ASCII, whatever the encoding: enough to see whether a stream header stands there. */
function headText(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1').replaceAll('\0', '');
}

function firstTag(head: string): FirstTag | undefined {
  // A document type may hold tags of its own; a comment, too.
  const text = head
    .replace(/^[^<]*<\?[^>]*>/, '')
    .replace(/<!DOCTYPE[^[>]*(?:\[[^\]]*\])?[^>]*>/, '')
    .replace(/<!--[^>]*-->/g, '');
  const match = /<(?:([A-Za-z_][\w.-]{0,63}):)?([A-Za-z_][\w.-]{0,63})([^>]{0,4096})/.exec(text);
  if (match === null) return undefined;
  const [, prefix = '', name = '', rest = ''] = match;
  const attributes = new Map<string, string>();
  for (const [, key = '', single, double] of rest.matchAll(
    /([\w:.-]{1,64})\s{0,16}=\s{0,16}(?:'([^']{0,4096})'|"([^"]{0,4096})")/g,
  )) {
    attributes.set(key, single ?? double ?? '');
  }
  return { prefix, name, attributes };
}

function settingOf(first: FirstTag | undefined, direction: 0 | 1, ownDomain: string): Setting {
  const namespace = first?.attributes.get('xmlns') ?? '';
  const kind =
    namespace.startsWith('jabber:server') || first?.prefix === 'db'
      ? 's2s'
      : namespace.startsWith('jabber:component')
        ? 'component'
        : 'c2s';
  if (first?.name === 'stream') {
    return { session: 'none', port: PORTS[kind], words: 'Played as a stream of its own' };
  }
  const [from, to] = ['from', 'to'].map((name) => accountOf(first?.attributes.get(name)));
  if (kind === 's2s') {
    const account = { local: from?.domain ?? 'ext.example', domain: to?.domain ?? ownDomain };
    return {
      ...{ session: 's2s', port: PORTS.s2s },
      words: `Played on a link from ${account.local} to ${account.domain}`,
      account: { ...USUAL, ...account },
    };
  }
  if (kind === 'component') {
    const words = `Played as component gateway.${ownDomain}`;
    const account = { ...USUAL, local: 'gateway', domain: ownDomain };
    return { session: 'component', port: PORTS.component, words, account };
  }
  if (LOGIN_NAMES.includes(first?.name ?? '')) {
    const account = { ...USUAL, domain: ownDomain };
    return {
      ...{ session: 'header', port: PORTS.c2s, account },
      words: `Played before the log-in of a client of ${ownDomain}`,
    };
  }
  // Who is logged in wrote what goes up, and gets what comes down: a stanza in its place raises nothing by that.
  const named = direction === 0 ? from : to;
  const account = named?.local === '' ? undefined : named;
  const { local, domain, resource } = account ?? { ...USUAL, domain: ownDomain };
  const way = direction === 0 ? 'sent by' : 'received by';
  return {
    ...{ session: 'scram', port: PORTS.c2s },
    words: `Played as ${way} ${local}@${domain}/${resource} behind a log-in`,
    account: { local, domain, resource },
  };
}

/** Undefined for what no session can be told of: only plain names are put into one. */
function accountOf(jid: string | undefined): Account | undefined {
  const match =
    /^(?:([A-Za-z0-9._+-]{1,64})@)?([A-Za-z0-9.-]{1,253})(?:\/([A-Za-z0-9._-]{1,64}))?$/.exec(
      jid ?? '',
    );
  if (match === null) return undefined;
  const [, local = '', domain = '', resource = SESSION_RESOURCE] = match;
  return { local, domain, resource };
}

/** Without an XML declaration and what stands before it. */
function bare(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly isCut: boolean } {
  const declaration = /^(?:\u00ef\u00bb\u00bf)?\s*<\?xml[^>]{0,256}\?>/.exec(
    Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1'),
  );
  const length = declaration?.[0].length ?? 0;
  return { bytes: bytes.subarray(length), isCut: length > 0 };
}

function behind({ session, port, account }: Setting, turn: CaseTurn): SignatureCase {
  const folder = join(SIGNATURES, 'cases');
  const { flows, ...rest } = conversationBehind(folder, session, [], account?.local);
  const [flow] = flows;
  const turns = (flow?.turns ?? []).map((each) => renamed(each, account ?? USUAL));
  const own = { ...rest, flows: flows.map((each) => ({ ...each, serverPort: port })) };
  return withTurns(own, [...turns, turn]);
}

/** A turn of a session with the names of this account in place of those in sessions.yaml. */
function renamed(turn: CaseTurn, { domain, resource }: Account): CaseTurn {
  if (turn.kind !== 'data') return turn;
  const text = Buffer.from(turn.bytes)
    .toString('utf8')
    .replaceAll(CASE_DOMAIN, domain)
    .replaceAll(`/${SESSION_RESOURCE}<`, `/${resource}<`)
    .replaceAll(`>${SESSION_RESOURCE}<`, `>${resource}<`);
  return { ...turn, bytes: Buffer.from(text, 'utf8') };
}
