/** Hand-made stanzas for the tests of detect/: text in named buffers, laid out as xmpp/ does. */
import { bufferId, type BufferName, type Direction } from '../../sensor/core/index.ts';
import { STANZA, PHASE, type StanzaView, type XmppSession } from '../../sensor/xmpp/index.ts';

/** Buffer and its text; a buffer named again is a further region of it. */
export type RegionText = readonly [buffer: BufferName, text: string | Uint8Array];

export interface StanzaFacts {
  readonly name?: string;
  readonly type?: string;
  readonly id?: string;
  readonly from?: string;
  readonly to?: string;
  readonly direction?: Direction;
  readonly tsUsec?: number;
  readonly serial?: number;
  readonly isCopy?: boolean;
  readonly session?: XmppSession;
  /** Texts that are equal share their bytes, as aliased buffers do; default true. */
  readonly shareBytes?: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function makeSession(facts: Partial<XmppSession> = {}): XmppSession {
  return {
    flow: 1,
    connection: 'c2s',
    transport: 'tcp',
    compressed: false,
    tls: 'none',
    phase: PHASE.session,
    authenticated: true,
    user: 'romeo',
    domain: 'example.org',
    peerDomain: '',
    mechanism: 'PLAIN',
    outcome: 'success',
    jid: 'romeo@example.org/orchard',
    client: '',
    inSync: [true, true],
    holes: [0, 0],
    stanzas: [0, 0],
    startUsec: 0,
    sessionId: 1,
    ...facts,
  };
}

/** Nor keys: detectors of one stanza need none. */
export const NO_KEYS: StanzaView['keys'] = {
  hashJid: () => new Int32Array(7),
  hashBytes: () => new Int32Array(2),
};

/** Of a stanza made of texts there is no tree. */
export const NO_TREE: StanzaView['tree'] = {
  isEmpty: true,
  ns: () => 0,
  name: () => 0,
  is: () => false,
  firstChild: () => -1,
  nextSibling: () => -1,
  child: () => -1,
  childInNs: () => -1,
  attr: () => -1,
  text: () => -1,
  valueOffset: () => 0,
  valueLength: () => 0,
  value: () => '',
  attrValue: () => '',
  textOf: () => '',
  localName: () => '',
  namespace: () => '',
};

/** A stanza whose memory has other bytes before and behind its regions. */
export function makeStanza(texts: readonly RegionText[], facts: StanzaFacts = {}): StanzaView {
  const regions: number[] = [];
  const bytes: number[] = [...encoder.encode('###')];
  const known = new Map<string, number>();
  for (const [buffer, text] of texts) {
    const encoded = typeof text === 'string' ? encoder.encode(text) : text;
    const key = Array.from(encoded).join();
    let offset = facts.shareBytes === false ? undefined : known.get(key);
    if (offset === undefined) {
      offset = bytes.length;
      for (const byte of encoded) bytes.push(byte);
      known.set(key, offset);
      bytes.push(35);
    }
    regions.push(bufferId(buffer), offset, encoded.length);
  }
  const memory = Uint8Array.from(bytes);
  const table = Uint32Array.from(regions);
  return {
    session: facts.session ?? makeSession(),
    direction: facts.direction ?? 0,
    kind: STANZA.message,
    tsUsec: facts.tsUsec ?? 1_000_000,
    memory,
    regions: table,
    regionCount: texts.length,
    serial: facts.serial ?? 1,
    rawLength: memory.length,
    wireOffset: 0,
    isBroken: false,
    isCopy: facts.isCopy ?? false,
    name: facts.name ?? 'message',
    from: facts.from ?? 'romeo@example.org/orchard',
    to: facts.to ?? 'juliet@example.org',
    id: facts.id ?? 'm1',
    type: facts.type ?? 'chat',
    namespaces: () => ['jabber:client'],
    tree: NO_TREE,
    keys: NO_KEYS,
    text: (buffer) => {
      for (let i = 0; i < table.length; i += 3) {
        if (table[i] !== buffer) continue;
        const from = table[i + 1] ?? 0;
        return decoder.decode(memory.subarray(from, from + (table[i + 2] ?? 0)));
      }
      return '';
    },
  };
}
