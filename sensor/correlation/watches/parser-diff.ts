/**
 * `parser-diff`: does a forgiving reader see another stanza than a strict one? What passes one parser as text and
 * acts as a stanza for the next is how messages smuggle stanzas past a server.
 *
 * Only elements in which the tokenizer found something odd are read again, from the raw bytes it has kept of them:
 * readers differ on nothing else (a property test holds that), so ordinary streams pay nothing, and how the bytes
 * were cut does not matter. Of an element the strict reader gave up, only what came before is compared.
 *
 * What was odd is remembered for seconds: when a stanza in a stanza, or such a difference, then reaches the recipient,
 * that is `xml.smuggling`.
 */
import {
  COUNTER,
  EVENTS,
  bufferId,
  eventId,
  eventName,
  findEventId,
  type Counters,
  type Direction,
} from '../../core/index.ts';
import type { EventContext, Incident } from '../../detect/index.ts';
import type { XmppEvent, XmppSession } from '../../xmpp/index.ts';
import type { Scene } from '../scene.ts';
import {
  describedAll,
  described,
  differenceOf,
  type Difference,
} from '../smuggling/disagreement.ts';
import { Attempts, type Sighting } from '../smuggling/attempts.ts';
import { strictReading } from '../smuggling/strict-reading.ts';
import { LooseReader, type ReadElement } from '../smuggling/loose-reader.ts';
import { WorkBudget } from '../smuggling/work-budget.ts';
import { KINDS, type Teller, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const PARSER_DIFF = eventId('xml.parser_diff');
const LIMIT = eventId('xml.parser_diff_limit');
const SMUGGLING = eventId('xml.smuggling');
const DELIMITER_EATEN = eventId('utf8.delimiter_eaten');
const RAW = bufferId('xmpp.stanza');

/** Events about sizes, pace and the header: what they tell of is well-formed. */
const HARMLESS =
  /^xml\.(parser_diff|leg_|smuggling|depth_|stanza_|attr_|name_size|xmlns_count|ws_|tape_full|resync|bom|version|standalone|encoding_|charref_obfuscation|decl_repeated|nul_separator)/;
const ODD = EVENTS.flatMap(({ name }) => {
  const isOdd = /^(xml|utf8)\./.test(name) && !HARMLESS.test(name);
  const id = isOdd ? findEventId(name) : undefined;
  return id === undefined ? [] : [id];
});
/** What smuggling begins with, and what shows that it worked. */
const CAUSES = new Set(
  EVENTS.flatMap(({ name }, id) =>
    name.startsWith('utf8.') || name === 'xml.decl_midstream' || name === 'xml.ns_separator'
      ? [id]
      : [],
  ),
);
const EFFECTS = [eventId('xmpp.nested_stanza'), eventId('xmpp.stream_ns_nested')];

const REGION_WORDS = 3;
const GREATER = 0x3e;
/** A character of three bytes: the lead takes the next two for its own. */
const SWALLOWED = 2;
const NO_LEAD = -1;

/** Something odd was found in a direction of a flow. */
interface Suspicion {
  /** Element it was found in; 0 when between two of them. */
  serial: number;
  /** Where between elements a lead byte stood that takes the delimiter behind it; NO_LEAD when there is none. */
  leadOffset: number;
}

export function watchParserDiff(options: WatchOptions): Watch {
  return new ParserDiffWatch(options);
}

class ParserDiffWatch implements Watch {
  readonly name = 'parser-diff';
  readonly kinds = KINDS.message | KINDS.presence | KINDS.iq | KINDS.nonza;
  readonly events = [...ODD, ...EFFECTS];
  readonly #stanzaBytes: number;
  readonly #counters: Counters;
  readonly #budget: WorkBudget;
  readonly #reader = new LooseReader();
  readonly #attempts: Attempts;
  /** By twice the flow, plus the direction; at most one for each open session's half. */
  readonly #suspicions = new Map<number, Suspicion>();
  /** Flows of which the limit was told. */
  readonly #told = new Set<number>();

  constructor({ limits, counters, thresholds }: WatchOptions) {
    this.#attempts = new Attempts(thresholds.attemptSeconds);
    this.#stanzaBytes = limits.correlationParserDiffStanzaBytes;
    this.#counters = counters;
    this.#budget = new WorkBudget(
      limits.correlationParserDiffFlowBytes,
      limits.correlationParserDiffBytes,
    );
  }

  event(event: XmppEvent, teller: Teller): void {
    if (CAUSES.has(event.event)) {
      this.#attempts.note(sightingOf(event), eventName(event.event));
    } else if (EFFECTS.includes(event.event)) {
      this.#effect(sightingOf(event), event.direction, (incident, context) => {
        teller.raise(SMUGGLING, event, incident, context, event.stanza);
      });
      return;
    }
    this.#suspect(event);
  }

  #suspect({ event, session, direction, serial, context }: XmppEvent): void {
    const isLead = serial === 0 && event === DELIMITER_EATEN;
    if (serial === 0 && !isLead) return;
    const key = 2 * session.flow + direction;
    let suspicion = this.#suspicions.get(key);
    if (suspicion === undefined) {
      suspicion = { serial, leadOffset: NO_LEAD };
      this.#suspicions.set(key, suspicion);
    }
    if (isLead) suspicion.leadOffset = Number(context['offset']);
    else suspicion.serial = serial;
  }

  stanza(scene: Scene): void {
    if (this.#suspicions.size === 0) return;
    const { session, direction, view } = scene;
    const key = 2 * session.flow + direction;
    const suspicion = this.#suspicions.get(key);
    if (suspicion === undefined) return;
    this.#suspicions.delete(key);
    const { serial, leadOffset } = suspicion;
    const before = leadOffset === NO_LEAD ? Infinity : view.wireOffset - leadOffset - 1;
    const swallowed = Math.max(0, SWALLOWED - before);
    if (serial === view.serial || swallowed > 0) this.#compare(scene, swallowed);
  }

  sessionEnd({ flow }: XmppSession): void {
    this.#suspicions.delete(2 * flow);
    this.#suspicions.delete(2 * flow + 1);
    this.#budget.forget(flow);
    this.#told.delete(flow);
  }

  #compare(scene: Scene, swallowed: number): void {
    const { view, session, nowUsec } = scene;
    const region = scene.region(RAW);
    if (region < 0 || scene.tree.isEmpty) return;
    if (!this.#budget.hasRoom(session.flow, nowUsec)) {
      this.#tellLimit(scene);
      return;
    }
    const offset = view.regions[REGION_WORDS * region + 1] as number;
    const length = view.regions[REGION_WORDS * region + 2] as number;
    const readLength = Math.min(length, this.#stanzaBytes);
    const reader = this.#reader;
    reader.read(view.memory, offset + swallowed, readLength - swallowed);
    this.#budget.use(session.flow, reader.cost);
    const { values } = this.#counters;
    values[COUNTER.parserDiffReadings] = (values[COUNTER.parserDiffReadings] as number) + 1;
    const isRead = readLength === length && !reader.isCut;
    // Raw bytes that do not end in a tag were cut at a limit, or overwritten for the secrets in them.
    const isWhole = !view.isBroken && isRead && view.memory[offset + length - 1] === GREATER;
    const strict = strictReading(scene.tree);
    const difference = differenceOf(strict, reader.elements, isWhole);
    if (difference !== undefined) this.#tell(scene, region, strict, difference);
    else if (!isRead) this.#tellLimit(scene);
  }

  #tell(scene: Scene, region: number, strict: ReadElement, difference: Difference): void {
    const { elements } = this.#reader;
    const loose = describedAll(elements);
    const sender = shown(scene.view.from === '' ? scene.clientIp : scene.view.from);
    const summary = `${sender} sent an element that means two things: one parser reads ${described(strict)}, a forgiving one ${loose}`;
    const to = scene.view.to;
    scene.raise(
      PARSER_DIFF,
      {
        key: `${sender} ${scene.direction}`,
        contributors: [sender, ...(to === '' ? [] : [shown(to)])],
      },
      { summary, difference, strict: described(strict), loose, loose_elements: elements.length },
      region,
    );
    const { from, to: addressee, session, tsUsec } = scene.view;
    this.#effect({ session, from, to: addressee, tsUsec }, scene.direction, (incident, context) => {
      scene.raise(SMUGGLING, incident, context, region);
    });
  }

  /** Something reached a recipient: was something ill-formed sent just before? */
  #effect(
    sighting: Sighting,
    direction: Direction,
    tell: (incident: Incident, context: EventContext) => void,
  ): void {
    // A client that writes is no recipient.
    if (direction === 0 && sighting.session.connection === 'c2s') return;
    const cause = this.#attempts.causeOf(sighting);
    if (cause === undefined) return;
    const sender = shown(cause.from);
    const recipient = shown(sighting.to === '' ? sighting.session.jid : sighting.to);
    const seconds = Math.abs(sighting.tsUsec - cause.tsUsec) / 1e6;
    const summary = `${sender} sent ill-formed XML (${cause.what}), and ${seconds.toFixed(1)} seconds later ${recipient} was given a stanza hidden in another`;
    tell(
      { key: sender, contributors: [sender, recipient] },
      { summary, cause: cause.what, seconds },
    );
  }

  /** Counted every time, told once for a flow. */
  #tellLimit(scene: Scene): void {
    const { values } = this.#counters;
    values[COUNTER.parserDiffSkipped] = (values[COUNTER.parserDiffSkipped] as number) + 1;
    const { flow } = scene.session;
    if (this.#told.has(flow)) return;
    this.#told.add(flow);
    const sender = shown(scene.view.from === '' ? scene.clientIp : scene.view.from);
    const summary = `${sender} sent more ill-formed XML than the sensor compares: a difference between parsers may hide in it`;
    scene.raise(LIMIT, { key: sender, contributors: [sender] }, { summary });
  }
}

function sightingOf({ session, stanza, tsUsec }: XmppEvent): Sighting {
  return { session, from: stanza.from, to: stanza.to, tsUsec };
}
