/**
 * `dlp-seclabel`: security labels (XEP-0258) against the policy of the site (label-policy.ts), against what the message
 * carried where it was seen before, and against the catalogue its server offered. The label says on the wire how
 * secret a message is; whether it may go where it goes only the site can tell.
 */
import { eventId } from '../../core/index.ts';
import { nsId } from '../../xml/index.ts';
import { domainOf, type StanzaTree } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { LruTable, type Column } from '../lru-table.ts';
import { MARK, TYPE } from '../outline.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const CEILING = eventId('dlp.label_ceiling');
const MISSING = eventId('dlp.label_missing');
const STRIPPED = eventId('dlp.label_stripped');
const LOWERED = eventId('dlp.label_lowered');
const MISMATCH = eventId('dlp.label_mismatch');

const LABEL = nsId('urn:xmpp:sec-label:0');
const CATALOG = nsId('urn:xmpp:sec-label:catalog:2');

const COPIES = MARK.carbon | MARK.archive | MARK.delay;
const ROLE = { label: 'label', mark: 'displaymarking', item: 'item' } as const;
/** Servers offer catalogues at login, and clients keep them. */
const CATALOG_SECONDS = 30 * 86_400;
/** Items of one catalogue that are learned. */
const MOST_ITEMS = 256;

/** Of a message seen before: there is a label; the rank of its mark, counted from 1, 0 for an unknown one. */
const [HAS_LABEL, RANK, WIDTH] = [0, 1, 2];
const TOLD = 2;

export function watchLabels(options: WatchOptions): Watch[] {
  const { labelPolicy, limits, memory } = options;
  const catalog = new LabelCatalog(
    new LruTable(memory, 'label_catalogs', limits.correlationLabelEntries / 8, CATALOG_SECONDS),
  );
  const labels = new LabelWatch(options, catalog);
  const watches: Watch[] = [catalog, labels, watchStripped(labels)];
  return labelPolicy.required.length === 0 ? watches : [...watches, new MissingLabel(options)];
}

/** What servers offer: which mark belongs to which label. */
class LabelCatalog implements Watch {
  readonly name = 'dlp-label-catalog';
  readonly kinds = KINDS.iq;
  readonly hops = 1 << HOP.toClient;
  readonly types = 1 << TYPE.result;
  readonly children = [CATALOG];
  readonly #table: LruTable;
  readonly #marks;
  readonly #key = new Key();

  constructor(table: LruTable) {
    this.#table = table;
    this.#marks = table.objects<string>();
  }

  stanza({ tree, to, nowUsec }: Scene): void {
    const catalog = tree.childInNs(0, CATALOG);
    if (!to.isKnown) return;
    let items = 0;
    for (let at = tree.firstChild(catalog); at >= 0; at = tree.nextSibling(at, catalog)) {
      if (tree.localName(at) !== ROLE.item || ++items > MOST_ITEMS) continue;
      const label = tree.childInNs(at, LABEL);
      if (label < 0) continue;
      const said = readLabel(tree, label);
      if (said.blob === '' || said.mark === '') continue;
      const { high, low } = this.#keyOf(to.domain, said.blob);
      this.#marks.values[this.#table.claim(high, low, nowUsec)] = said.mark;
    }
  }

  /** The mark the sender's server offers for a label, '' when it is not in its catalogue. */
  markOf({ from, nowUsec }: Scene, blob: string): string {
    if (blob === '' || !from.isKnown) return '';
    const { high, low } = this.#keyOf(from.domain, blob);
    const slot = this.#table.find(high, low, nowUsec);
    return slot < 0 ? '' : (this.#marks.values[slot] ?? '');
  }

  #keyOf(domain: Key, blob: string): Key {
    const { high, low } = this.#key.ofText(blob);
    return this.#key.ofFour(domain.high, domain.low, high, low);
  }
}

/** Messages that should still carry a label. It sees every message, and asks what it is only while labels are about. */
function watchStripped(labels: LabelWatch): Watch {
  return {
    name: 'dlp-label-stripped',
    kinds: KINDS.message,
    types: ~(1 << TYPE.error),
    stanza(scene) {
      if (labels.areAbout(scene.nowUsec) && !scene.holds(LABEL)) labels.unlabelled(scene);
    },
  };
}

/** Messages that carry a label. */
class LabelWatch implements Watch {
  readonly name = 'dlp-labels';
  readonly kinds = KINDS.message;
  readonly types = ~(1 << TYPE.error);
  readonly children = [LABEL];
  readonly #options: WatchOptions;
  readonly #catalog: LabelCatalog;
  readonly #legs: LruTable;
  readonly #leg: Column<Uint8Array>;
  readonly #key = new Key();
  readonly #lifeUsec: number;
  #labelledUsec = 0;

  constructor(options: WatchOptions, catalog: LabelCatalog) {
    const { memory, limits, thresholds } = options;
    this.#options = options;
    this.#catalog = catalog;
    const capacity = limits.correlationLabelEntries;
    this.#legs = new LruTable(memory, 'labelled', capacity, thresholds.labelSeconds);
    this.#leg = this.#legs.uint8(WIDTH);
    this.#lifeUsec = thresholds.labelSeconds * 1e6;
  }

  stanza(scene: Scene): void {
    if (!scene.holds(LABEL)) return;
    this.#labelledUsec = scene.nowUsec;
    if ((scene.outline.marks & COPIES) !== 0) return;
    const said = readLabel(scene.tree, scene.tree.childInNs(0, LABEL));
    const rank = this.#options.labelPolicy.rankOf(said.mark);
    this.#compare(scene, true, rank);
    this.#judge(scene, said, rank);
  }

  /** Was a label seen of late? */
  areAbout(nowUsec: number): boolean {
    return Math.abs(nowUsec - this.#labelledUsec) <= this.#lifeUsec;
  }

  unlabelled(scene: Scene): void {
    if ((scene.outline.marks & COPIES) === 0) this.#compare(scene, false, 0);
  }

  /** Against what policy and catalogue say. */
  #judge(scene: Scene, { mark, blob }: Label, rank: number): void {
    const offered = this.#catalog.markOf(scene, blob);
    if (offered !== '' && offered !== mark && !scene.isRepeat) {
      const what = `shows ${quoted(mark)} where its catalogue says ${quoted(offered)}`;
      tell(scene, MISMATCH, mark, what, { catalogue: offered });
    }
    const domain = domainOf(addresseeOf(scene));
    const ceiling = this.#options.labelPolicy.ceilingOf(domain);
    if (ceiling === undefined || rank <= ceiling.rank) return;
    const what = `is ${quoted(mark)}, above ${ceiling.mark}, the ceiling of ${shown(domain)}`;
    tell(scene, CEILING, mark, what, { ceiling: ceiling.mark });
  }

  /** Against what it carried where it was seen before. */
  #compare(scene: Scene, hasLabel: boolean, rank: number): void {
    const { from, to, id, nowUsec } = scene;
    if (id === undefined || !from.isKnown || !to.isKnown || !scene.isWhole) return;
    const { high, low } = this.#key
      .ofPair(from.bare, to.bare)
      .ofFour(this.#key.high, this.#key.low, id.high, id.low);
    const slot = this.#legs.find(high, low, nowUsec);
    if (slot < 0) {
      if (!hasLabel || scene.hop === HOP.toClient) return;
      const at = this.#legs.claim(high, low, nowUsec) * WIDTH;
      // A table that grows has other columns.
      const { values } = this.#leg;
      values[at + HAS_LABEL] = 1;
      values[at + RANK] = rank + 1;
      return;
    }
    const { values } = this.#leg;
    const at = slot * WIDTH;
    // A client that uses an id again tells nothing of its server.
    if (scene.hop === HOP.fromClient || values[at + HAS_LABEL] === TOLD) return;
    const before = values[at + RANK] as number;
    if (!hasLabel) {
      values[at + HAS_LABEL] = TOLD;
      tell(scene, STRIPPED, '', 'lost its security label between sender and recipient', {});
    } else if (rank >= 0 && rank + 1 < before) {
      values[at + HAS_LABEL] = TOLD;
      tell(scene, LOWERED, '', 'got a lower security label between sender and recipient', {});
    }
  }
}

/** Made only where policy asks for labels: it sees every message. */
class MissingLabel implements Watch {
  readonly name = 'dlp-label-missing';
  readonly kinds = KINDS.message;
  readonly hops = (1 << HOP.fromClient) | (1 << HOP.federation);
  readonly types = ~(1 << TYPE.error);
  readonly #domains: readonly Key[];

  constructor({ labelPolicy }: WatchOptions) {
    this.#domains = labelPolicy.required.map((domain) => new Key().ofText(domain));
  }

  stanza(scene: Scene): void {
    const { outline, from } = scene;
    if (outline.body < 0 || !from.isKnown || scene.holds(LABEL)) return;
    if (!this.#domains.some((domain) => domain.equals(from.domain))) return;
    if (scene.isCanned || scene.isRepeat) return;
    tell(scene, MISSING, '', 'carries no security label', {});
  }
}

interface Label {
  readonly mark: string;
  /** The machine-readable label, as far as it goes. */
  readonly blob: string;
}

function readLabel(tree: StanzaTree, label: number): Label {
  let mark = '';
  let blob = '';
  for (let at = tree.firstChild(label); at >= 0; at = tree.nextSibling(at, label)) {
    const role = tree.localName(at);
    if (role === ROLE.mark) mark = tree.textOf(at).trim();
    else if (role === ROLE.label) {
      const inner = tree.firstChild(at);
      if (inner >= 0)
        blob = `${tree.namespace(inner)} ${tree.localName(inner)} ${tree.textOf(inner)}`;
    }
  }
  return { mark, blob };
}

function addresseeOf({ view, session }: Scene): string {
  return view.to === '' ? session.jid : view.to;
}

function quoted(mark: string): string {
  return mark === '' ? 'no mark' : `"${shown(mark)}"`;
}

function tell(
  scene: Scene,
  event: number,
  mark: string,
  what: string,
  facts: Readonly<Record<string, string>>,
): void {
  const sender = shown(scene.view.from);
  const recipient = shown(addresseeOf(scene));
  scene.raise(
    event,
    { key: `${sender} ${recipient}`, contributors: [sender, recipient] },
    {
      summary: `The message from ${sender} to ${recipient} ${what}`,
      ...(mark === '' ? {} : { label: shown(mark) }),
      ...facts,
    },
  );
}
