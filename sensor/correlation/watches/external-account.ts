/**
 * `c2-ext-account`: accounts that programs keep rather than people. A host that should not chat opens a session, an
 * account is used from many addresses at once, or it was registered at an external server minutes ago.
 */
import { eventId } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { bareJid, type XmppEvent } from '../../xmpp/index.ts';
import { JidKeys, Key } from '../keys.ts';
import { LruTable } from '../lru-table.ts';
import { RecentDistinct } from '../recent.ts';
import { TYPE } from '../outline.ts';
import { HOP, addressText, type Scene } from '../scene.ts';
import { KINDS, type Teller, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const NO_CHAT = eventId('c2.no_chat_host');
const SHARED = eventId('c2.shared_account');
const FRESH = eventId('c2.fresh_account');
const SESSION = eventId('xmpp.plaintext_session');

const REGISTER = nsId('jabber:iq:register');
const QUERY = nameId('query');
const USERNAME = nameId('username');

export function watchExternalAccounts(options: WatchOptions): Watch {
  return new ExternalAccountWatch(options);
}

class ExternalAccountWatch implements Watch {
  readonly name = 'external-account';
  readonly kinds = KINDS.iq;
  readonly hops = 1 << HOP.fromClient;
  readonly types = 1 << TYPE.set;
  readonly children = [REGISTER];
  readonly events = [SESSION];
  readonly #options: WatchOptions;
  /** By account: the addresses it is used from. */
  readonly #accounts: LruTable;
  readonly #addresses: RecentDistinct;
  /** By client address and account: when it asked to be registered. */
  readonly #registered: LruTable;
  readonly #jid = new JidKeys();
  readonly #address = new Key();

  constructor(options: WatchOptions) {
    this.#options = options;
    const { memory, limits, thresholds } = options;
    const capacity = limits.correlationAccountEntries;
    this.#accounts = new LruTable(
      memory,
      'shared_accounts',
      capacity,
      thresholds.sharedAccountSeconds,
    );
    this.#addresses = new RecentDistinct(this.#accounts, thresholds.sharedAccountAddresses + 1);
    this.#registered = new LruTable(
      memory,
      'fresh_accounts',
      capacity / 4,
      thresholds.freshAccountSeconds,
    );
  }

  /** A client asks for an account (XEP-0077 section 3.1). */
  stanza(scene: Scene): void {
    const { tree, session } = scene;
    const query = tree.child(0, REGISTER, QUERY);
    if (query < 0 || session.jid !== '') return;
    const name = tree.textOf(tree.child(query, REGISTER, USERNAME)).toLowerCase();
    if (name === '') return;
    const account = this.#jid.ofText(`${name}@${session.domain}`).bare;
    const { high, low } = account.ofPair(account, scene.clientAddress);
    this.#registered.claim(high, low, scene.nowUsec);
  }

  event(event: XmppEvent, teller: Teller): void {
    const { session, tsUsec } = event;
    const endpoints = this.#options.endpointsOf(session.flow);
    if (endpoints === undefined || session.jid === '') return;
    const place = { session, direction: 0, tsUsec } as const;
    const account = bareJid(session.jid);
    const client = addressText(endpoints.clientWords);
    const server = addressText(endpoints.serverWords);
    const about = { from: session.jid, to: session.domain };
    const { site } = this.#options;
    const isExternal = !site.isInternal(server);
    if (site.isNoChatHost(client)) {
      const summary = `${client}, a host that should not chat, opened a session as ${shown(account)} at ${shown(session.domain)} (${server})`;
      const incident = { key: client, contributors: [account] };
      teller.raise(NO_CHAT, place, incident, { summary, is_external: isExternal ? 1 : 0 }, about);
    }
    const keys = this.#jid.ofText(account);
    this.#address.ofWords(endpoints.clientWords);
    this.#judgeShared(keys.bare, account, client, tsUsec, (context) => {
      const incident = { key: account, contributors: [client] };
      teller.raise(SHARED, place, incident, context, about);
    });
    if (!isExternal) return;
    const { freshAccountSeconds } = this.#options.thresholds;
    const pair = keys.bare.ofPair(keys.bare, this.#address);
    if (this.#registered.find(pair.high, pair.low, tsUsec) < 0) return;
    const summary = `${client} registered ${shown(account)} at the external server ${server} and logged in within ${span(freshAccountSeconds)}`;
    teller.raise(FRESH, place, { key: client, contributors: [account] }, { summary }, about);
  }

  #judgeShared(
    account: Key,
    name: string,
    client: string,
    nowUsec: number,
    tell: (context: Readonly<Record<string, string | number>>) => void,
  ): void {
    const { sharedAccountAddresses, sharedAccountSeconds } = this.#options.thresholds;
    const slot = this.#accounts.claim(account.high, account.low, nowUsec);
    const { high, low } = this.#address;
    const isNew = this.#addresses.add(slot, high, low, nowUsec);
    const addresses = this.#addresses.within(slot, nowUsec, sharedAccountSeconds);
    if (!isNew || addresses < sharedAccountAddresses) return;
    tell({
      summary: `${shown(name)} was used from ${counted(addresses, 'address', 'addresses')} within ${span(sharedAccountSeconds)}, last from ${client}`,
      addresses,
    });
  }
}
