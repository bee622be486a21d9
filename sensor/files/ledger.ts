/**
 * Who offered which file to whom, and by what its bytes can be told when they come: the session id of an in-band or
 * SOCKS5 stream, the name asked for at a proxy, a URL, a content id. An offer is one entry, on however many legs it
 * is seen and whichever worker saw it.
 */
import { createHash } from 'node:crypto';
import type { Counters, LimitValues, ThresholdValues } from '../core/index.ts';
import { JidKeys, Key, type StateMemory } from '../correlation/index.ts';
import { normalizeJid } from '../xmpp/index.ts';
import { EntryIndex } from './entry-index.ts';
import { LedgerEntry } from './ledger-entry.ts';
import { NewsDesk, type OfferNews } from './offer-news.ts';
import type { FileDesk, FileOffer, FileStart, FileStream } from './types.ts';
import { placeOfUrl } from './url-place.ts';

/** Content ids are asked for when somebody looks at a conversation: also the next day. */
const CID_SECONDS = 86_400;
const PROXY_SECONDS = 86_400;
/** A server there may be anybody's. */
const WEB_PORTS: ReadonlySet<number> = new Set([80, 443, 3128, 8080]);
/** People answer when they have seen it. */
const QUESTION_SECONDS = 600;

export interface LedgerOptions {
  readonly counters: Counters;
  readonly memory: StateMemory;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  readonly desk: FileDesk;
  /** Hears what other workers should know. */
  readonly onNews?: ((news: OfferNews) => void) | undefined;
}

export class FileLedger {
  readonly #desk: FileDesk;
  readonly #counters: Counters;
  readonly #news: NewsDesk;
  /** By identity. */
  readonly #entries: EntryIndex<LedgerEntry>;
  /** By the id of the iq that offers it, who asks and who is asked. */
  readonly #questions: EntryIndex<LedgerEntry>;
  readonly #proxies: EntryIndex<true>;
  /** By session id and both ends of an in-band or SOCKS5 stream. */
  readonly #streams: EntryIndex<LedgerEntry>;
  /** By the name asked for at a SOCKS5 server. */
  readonly #names: EntryIndex<LedgerEntry>;
  /** By URL: what is put there, what is fetched there. */
  readonly #puts: EntryIndex<LedgerEntry>;
  readonly #gets: EntryIndex<LedgerEntry>;
  readonly #cids: EntryIndex<LedgerEntry>;
  /** Hosts of those URLs: true where files are put. */
  readonly #hosts: EntryIndex<{ takesFiles: boolean }>;
  /** Where uploads may arrive: "ADDRESS PORT" of their servers, and the ports of their URLs. */
  readonly #servers: EntryIndex<true>;
  readonly #key = new Key();
  readonly #part = new Key();
  readonly #one = new JidKeys();
  readonly #other = new JidKeys();

  constructor(options: LedgerOptions) {
    const { counters, memory, limits, thresholds, desk } = options;
    this.#desk = desk;
    this.#counters = counters;
    this.#news = new NewsDesk(options);
    const { filesOffers, filesUrls, correlationBytestreamEntries } = limits;
    const { filesOfferSeconds, filesUrlSeconds, socksOfferSeconds } = thresholds;
    const index = <T>(name: string, capacity: number, seconds: number): EntryIndex<T> =>
      new EntryIndex<T>(memory, name, capacity, seconds);
    this.#entries = index('file_offers', filesOffers, filesUrlSeconds);
    this.#streams = index('file_streams', filesOffers, filesOfferSeconds);
    this.#names = index('bytestreams', correlationBytestreamEntries, socksOfferSeconds);
    this.#questions = index('file_questions', filesOffers, QUESTION_SECONDS);
    this.#proxies = index('file_proxies', correlationBytestreamEntries / 16, PROXY_SECONDS);
    this.#puts = index('file_puts', filesUrls, filesOfferSeconds);
    this.#gets = index('file_gets', filesUrls, filesUrlSeconds);
    this.#cids = index('file_cids', filesOffers, CID_SECONDS);
    this.#hosts = index('file_hosts', filesUrls / 4, filesUrlSeconds);
    this.#servers = index('file_servers', filesUrls / 16, filesUrlSeconds);
  }

  // What was offered.

  /** The entry of an offer: `key` tells it from others of its protocol, the same on every leg. */
  find(
    protocol: FileOffer['protocol'],
    key: readonly string[],
    tsUsec: number,
  ): LedgerEntry | undefined {
    return this.#entries.get(this.#key.ofText(identityOf(protocol, key)), tsUsec);
  }

  /** The same, made of `offer` when there is none. */
  claim(key: readonly string[], offer: FileOffer): LedgerEntry {
    const id = identityOf(offer.protocol, key);
    return this.#claim(id, offer);
  }

  /** A new entry in place of the one that has this key. */
  replace(key: readonly string[], offer: FileOffer): LedgerEntry {
    const id = identityOf(offer.protocol, key);
    const entry = new LedgerEntry(id, offer);
    this.#entries.set(this.#key.ofText(id), entry, offer.tsUsec);
    return entry;
  }

  /** More became known of an offer: who follows its bytes hears it. */
  update(entry: LedgerEntry, more: Partial<FileOffer>): void {
    if (entry.update(more)) this.#tellMore(entry);
  }

  /** Somebody is told where the file is. */
  addRecipient(entry: LedgerEntry, jid: string): boolean {
    const isNew = entry.addRecipient(jid);
    if (isNew) this.#tellMore(entry);
    const isUnknown = jid !== '' && !entry.recipients.includes(jid);
    if (isUnknown) this.#counters.add('filesOverlooked', 1);
    return isNew;
  }

  // How its bytes will come.

  /** In a stream with this session id, between these two in either direction. */
  nameStream(entry: LedgerEntry, sid: string, a: string, b: string, tsUsec: number): void {
    this.#streams.set(this.keyOfStream(sid, a, b), entry, tsUsec);
  }

  /** Over SOCKS5 connections made for these names. */
  nameConnections(entry: LedgerEntry, names: readonly string[], tsUsec: number): void {
    const folded = [...new Set(names.map((name) => name.toLowerCase()))];
    for (const name of folded) this.#names.set(this.#key.ofText(name), entry, tsUsec);
    this.#tell(entry, tsUsec, { names: folded });
  }

  /** The same for a name that does not follow from the JIDs: somebody says so, and whose it is already stays. */
  claimConnection(entry: LedgerEntry, name: string, tsUsec: number): void {
    if (this.ofConnection(name, tsUsec) === undefined) this.nameConnections(entry, [name], tsUsec);
  }

  /** By an upload to one URL, and downloads from another; '' for none. */
  nameUrls(entry: LedgerEntry, put: string, get: string, tsUsec: number): void {
    const puts = this.#nameUrl(this.#puts, entry, put, tsUsec, true) ? [put] : [];
    const gets = this.#nameUrl(this.#gets, entry, get, tsUsec, false) ? [get] : [];
    if (puts.length + gets.length > 0) this.#tell(entry, tsUsec, { puts, gets });
  }

  /** The iq `id` from one to another asks for it: an answer will refer to that. */
  nameQuestion(entry: LedgerEntry, id: string, from: string, to: string, tsUsec: number): void {
    if (id !== '') this.#questions.set(this.#pairKey(id, from, to), entry, tsUsec);
  }

  /** A file proxy was named in an offer: "ADDRESS PORT". */
  nameProxy(server: string, tsUsec: number): void {
    this.#proxies.set(this.#key.ofText(server), true, tsUsec);
  }

  /** A request for a host where users put files went there: "ADDRESS PORT". */
  nameUploadServer(server: string, tsUsec: number): void {
    this.#servers.set(this.#key.ofText(server), true, tsUsec);
  }

  nameCid(entry: LedgerEntry, cid: string, tsUsec: number): void {
    this.#cids.set(this.#key.ofText(cid), entry, tsUsec);
  }

  // Whose bytes are these?

  ofStream(sid: string, a: string, b: string, tsUsec: number): LedgerEntry | undefined {
    return this.#streams.get(this.keyOfStream(sid, a, b), tsUsec);
  }

  ofQuestion(id: string, from: string, to: string, tsUsec: number): LedgerEntry | undefined {
    return id === '' ? undefined : this.#questions.get(this.#pairKey(id, from, to), tsUsec);
  }

  isProxy(server: string, tsUsec: number): boolean {
    return this.#proxies.get(this.#key.ofText(server), tsUsec) === true;
  }

  ofConnection(name: string, tsUsec: number): LedgerEntry | undefined {
    return this.#names.get(this.#key.ofText(name.toLowerCase()), tsUsec);
  }

  ofPut(host: string, target: string, tsUsec: number): LedgerEntry | undefined {
    return this.#puts.get(this.#key.ofText(host + target), tsUsec);
  }

  ofGet(host: string, target: string, tsUsec: number): LedgerEntry | undefined {
    return this.#gets.get(this.#key.ofText(host + target), tsUsec);
  }

  /** The entry a link in a text leads to. */
  ofUrl(url: string, tsUsec: number): LedgerEntry | undefined {
    const place = placeOfUrl(url);
    return place === undefined ? undefined : this.ofGet(place.host, place.target, tsUsec);
  }

  ofCid(cid: string, tsUsec: number): LedgerEntry | undefined {
    return this.#cids.get(this.#key.ofText(cid), tsUsec);
  }

  /** Is a file of ours put or fetched at this host (`name:port`, small letters)? */
  knowsHost(host: string, tsUsec: number): boolean {
    return this.#hosts.get(this.#key.ofText(host), tsUsec) !== undefined;
  }

  /** Do users put files there? */
  isUploadHost(host: string, tsUsec: number): boolean {
    return this.#hosts.get(this.#key.ofText(host), tsUsec)?.takesFiles === true;
  }

  /** Was a host where users put files seen at this server ("ADDRESS PORT")? */
  isUploadServer(server: string, tsUsec: number): boolean {
    return this.#servers.get(this.#key.ofText(server), tsUsec) === true;
  }

  /** Do users put files to URLs with this port, where little else is served? */
  isUploadPort(port: number, tsUsec: number): boolean {
    return !WEB_PORTS.has(port) && this.#servers.get(this.#key.ofText(`${port}`), tsUsec) === true;
  }

  /** Has a host where users put files ever been seen? */
  get knowsUploads(): boolean {
    return this.#puts.count > 0;
  }

  /**
   * Takes a file in hand whose bytes begin. What is said of its offer from now on reaches the stream, until its end.
   */
  open(entry: LedgerEntry | undefined, start: Omit<FileStart, 'offer'>): FileStream {
    const stream = this.#desk.open({ ...start, offer: entry?.offer });
    return entry === undefined
      ? stream
      : entry.carry(stream, () => {
          this.#tellMore(entry);
        });
  }

  /** The same for a stream that was open before its offer was known. */
  adopt(entry: LedgerEntry, stream: FileStream): FileStream {
    stream.explain(entry.offer);
    return entry.carry(stream, () => {
      this.#tellMore(entry);
    });
  }

  /** A file nobody offered, of which is known who and whom. */
  openBare(offer: FileOffer, start: Omit<FileStart, 'offer'>): FileStream {
    return this.#desk.open({ ...start, offer });
  }

  /**
   * The key of a session id between two in either order: who opened a stream is not always who sends. Valid until the
   * next call.
   */
  keyOfStream(sid: string, a: string, b: string): Key {
    const one = keysOf(this.#one, a).full;
    const other = keysOf(this.#other, b).full;
    const isAscending = one.high < other.high || (one.high === other.high && one.low < other.low);
    if (isAscending) this.#key.ofPair(one, other);
    else this.#key.ofPair(other, one);
    return this.#key.ofPair(this.#key, this.#part.ofText(sid));
  }

  // Other workers.

  /** What another worker knows. */
  learn({ id, offer, tsUsec, recipients, countedBytes, names, puts, gets }: OfferNews): void {
    const entry = this.#claim(id, { ...offer, flow: -1 });
    entry.update(offer);
    for (const jid of recipients) entry.addRecipient(jid);
    entry.count(countedBytes);
    for (const name of names) this.#names.set(this.#key.ofText(name), entry, tsUsec);
    for (const url of puts) this.#nameUrl(this.#puts, entry, url, tsUsec, true);
    for (const url of gets) this.#nameUrl(this.#gets, entry, url, tsUsec, false);
  }

  /** What was told before is so no longer. Others that never heard of it need not. */
  #tellMore(entry: LedgerEntry): void {
    if (entry.isTold) this.#tell(entry, this.#news.nowUsec, {});
  }

  #tell(
    entry: LedgerEntry,
    tsUsec: number,
    ways: Partial<Pick<OfferNews, 'names' | 'puts' | 'gets'>>,
  ): void {
    entry.isTold = true;
    this.#news.tell({ ...entry.news(), tsUsec, names: [], puts: [], gets: [], ...ways });
  }

  #claim(id: string, offer: FileOffer): LedgerEntry {
    const key = this.#key.ofText(id);
    const known = this.#entries.get(key, offer.tsUsec);
    if (known !== undefined) return known;
    const entry = new LedgerEntry(id, offer);
    this.#entries.set(key, entry, offer.tsUsec);
    return entry;
  }

  #nameUrl(
    index: EntryIndex<LedgerEntry>,
    entry: LedgerEntry,
    url: string,
    tsUsec: number,
    takesFiles: boolean,
  ): boolean {
    const place = placeOfUrl(url);
    if (place === undefined) return false;
    index.set(this.#key.ofText(place.host + place.target), entry, tsUsec);
    const key = this.#key.ofText(place.host);
    const host = this.#hosts.get(key, tsUsec) ?? { takesFiles: false };
    if (takesFiles) {
      host.takesFiles = true;
      this.#servers.set(
        this.#part.ofText(place.host.slice(place.host.lastIndexOf(':') + 1)),
        true,
        tsUsec,
      );
    }
    this.#hosts.set(key, host, tsUsec);
    return true;
  }

  /** Of a question: who asks whom counts. */
  #pairKey(id: string, from: string, to: string): Key {
    this.#key.ofPair(keysOf(this.#one, from).full, keysOf(this.#other, to).full);
    return this.#key.ofPair(this.#key, this.#part.ofText(id));
  }
}

function keysOf(keys: JidKeys, jid: string): JidKeys {
  keys.ofText(jid);
  // Letters beyond ASCII fold by the book (RFC 7622).
  return keys.isPlain ? keys : keys.ofText(normalizeJid(jid));
}

/** Of bounded length, and the same in every process. */
function identityOf(protocol: string, key: readonly string[]): string {
  return createHash('sha1')
    .update([protocol, ...key].join('\n'))
    .digest('base64');
}
