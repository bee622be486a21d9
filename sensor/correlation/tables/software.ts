/**
 * Software inventory: what accounts and servers say they run (XEP-0092 answers, entity capabilities of presence,
 * SASL2 user agents, capabilities in stream features). Announced, not proved.
 */
import { nameId, nsId } from '../../xml/index.ts';
import { STANZA } from '../../xmpp/index.ts';
import { JidKeys, type Key } from '../keys.ts';
import { LruTable, type ObjectColumn } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import type { Scene } from '../scene.ts';
import type { StateMemory } from '../state-memory.ts';
import { KINDS, type Learner } from '../types.ts';
import type { TableOptions } from './index.ts';

const LIFE_SECONDS = 180 * 24 * 3600;
/** Names are cut there. */
const NAME_CHARS = 96;
const [CAPS, VERSION, STREAMS, SASL2] = [
  nsId('http://jabber.org/protocol/caps'),
  nsId('jabber:iq:version'),
  nsId('http://etherx.jabber.org/streams'),
  nsId('urn:xmpp:sasl:2'),
];
const [C, NODE, QUERY, NAME, VERSION_NAME, FEATURES, USER_AGENT, SOFTWARE] = [
  nameId('c'),
  nameId('node'),
  nameId('query'),
  nameId('name'),
  nameId('version'),
  nameId('features'),
  nameId('user-agent'),
  nameId('software'),
];

interface Names {
  readonly table: LruTable;
  readonly latest: ObjectColumn<string>;
  readonly before: ObjectColumn<string>;
}

export class Software implements Learner {
  readonly kinds = KINDS.presence | KINDS.iq | KINDS.nonza;
  /** By bare JID. */
  readonly #clients: Names;
  /** By domain. */
  readonly #servers: Names;
  readonly #key = new JidKeys();

  constructor({ memory, limits }: TableOptions) {
    const capacity = limits.correlationSoftwareEntries;
    this.#clients = namesOf(memory, 'software_clients', capacity);
    this.#servers = namesOf(memory, 'software_servers', capacity);
  }

  /** What an account said last, '' when it never did. */
  client(account: Key, nowUsec: number): string {
    return latest(this.#clients, account, nowUsec);
  }

  /** What it said before that, '' when it never said anything else. */
  clientBefore(account: Key, nowUsec: number): string {
    const slot = this.#clients.table.find(account.high, account.low, nowUsec);
    return slot < 0 ? '' : (this.#clients.before.values[slot] ?? '');
  }

  /** What a server said last, '' when it never did. */
  server(domain: Key, nowUsec: number): string {
    return latest(this.#servers, domain, nowUsec);
  }

  learn(scene: Scene): void {
    const { view, outline } = scene;
    if (view.kind === STANZA.presence) {
      if (outline.type === TYPE.absent) this.#learnCaps(scene, 0);
    } else if (view.kind === STANZA.iq) {
      if (outline.type === TYPE.result && !scene.isRepeat) this.#learnVersion(scene);
    } else if (view.tree.is(0, STREAMS, FEATURES)) {
      this.#learnFeatures(scene);
    } else if (view.tree.ns(0) === SASL2) {
      this.#learnAgent(scene);
    }
  }

  /** XEP-0115: the node names the software. */
  #learnCaps({ tree, from, nowUsec }: Scene, element: number): void {
    if (!from.isKnown) return;
    const caps = tree.child(element, CAPS, C);
    if (caps >= 0) this.#note(from.hasLocal, from.bare, tree.attrValue(caps, NODE), nowUsec);
  }

  #learnVersion({ tree, from, nowUsec }: Scene): void {
    const query = tree.child(0, VERSION, QUERY);
    if (query < 0 || !from.isKnown) return;
    const name = tree.textOf(tree.child(query, VERSION, NAME));
    const version = tree.textOf(tree.child(query, VERSION, VERSION_NAME));
    this.#note(from.hasLocal, from.bare, `${name} ${version}`.trim(), nowUsec);
  }

  /** XEP-0115 section 6.3: a server tells its own in the stream features. */
  #learnFeatures({ tree, view, nowUsec }: Scene): void {
    const caps = tree.child(0, CAPS, C);
    const { domain } = view.session;
    if (caps < 0 || domain === '') return;
    this.#note(false, this.#key.ofText(domain).bare, tree.attrValue(caps, NODE), nowUsec);
  }

  /** XEP-0388 section 2.3.1 */
  #learnAgent({ tree, view, nowUsec }: Scene): void {
    const { user, domain } = view.session;
    const agent = tree.child(0, SASL2, USER_AGENT);
    const software = agent < 0 ? -1 : tree.child(agent, SASL2, SOFTWARE);
    if (software < 0 || user === '' || domain === '') return;
    const jid = user.includes('@') ? user : `${user}@${domain}`;
    this.#note(true, this.#key.ofText(jid).bare, tree.textOf(software), nowUsec);
  }

  #note(isClient: boolean, { high, low }: Key, text: string, nowUsec: number): void {
    if (text === '') return;
    const name = text.slice(0, NAME_CHARS);
    const { table, latest: names, before } = isClient ? this.#clients : this.#servers;
    const slot = table.claim(high, low, nowUsec);
    const known = names.values[slot];
    if (known === name) return;
    before.values[slot] = known;
    names.values[slot] = name;
  }
}

function namesOf(memory: StateMemory, name: string, capacity: number): Names {
  const table = new LruTable(memory, name, capacity, LIFE_SECONDS);
  return { table, latest: table.objects<string>(), before: table.objects<string>() };
}

function latest({ table, latest: names }: Names, { high, low }: Key, nowUsec: number): string {
  const slot = table.find(high, low, nowUsec);
  return slot < 0 ? '' : (names.values[slot] ?? '');
}
