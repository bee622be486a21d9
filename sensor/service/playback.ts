/**
 * Plays packets of one connection anew, from bytes to findings, and copies what was said: every first-level element of
 * both directions with the findings of the rules on it, places where bytes are missing, and what no element holds.
 * The same rooms as in the pipeline, without memory of what came before: rules that look at one stanza find again what
 * they found, detectors that remember what this connection alone shows.
 */
import { limitValues, type SensorConfig } from '../config/index.ts';
import { Counters, DIRECTION, type Direction } from '../core/index.ts';
import type { Correlation } from '../correlation/index.ts';
import { DECODED, PacketView, decodePacket } from '../decode/index.ts';
import { createDetectEngine, type DetectEngine, type Finding } from '../detect/index.ts';
import { detectionOptions } from '../detection.ts';
import { FlowTable } from '../flow/index.ts';
import type { KeptPacket } from '../packets/index.ts';
import type { RuleSet } from '../rules/index.ts';
import { Transport, type TransportHandler } from '../transport/index.ts';
import {
  TOKEN,
  TOKEN_WORDS,
  createTokenizer,
  type TapeInfo,
  type XmlHandler,
  type XmlTokenizer,
} from '../xml/index.ts';
import {
  createXmpp,
  type LoginOutcome,
  type SessionSummary,
  type StanzaView,
  type Xmpp,
  type XmppEvent,
  type XmppHandler,
  type XmppSession,
} from '../xmpp/index.ts';
import { copyElement, type PlayedElement } from './played-element.ts';
import { currentRoom, replayRoom } from './replay-room.ts';

/** Wire bytes of a direction that are remembered, for what no element holds. */
const WIRE_BYTES = 64 * 1024;

/** Findings that wait for their element. */
const MAX_EARLY = 256;

/** Something that was said, or happened, in the order of packets. */
export type Played =
  | { readonly what: 'element'; readonly element: PlayedElement }
  | {
      readonly what: 'gap';
      readonly direction: Direction;
      readonly tsUsec: number;
      readonly bytes: number;
    }
  | { readonly what: 'sealed'; readonly tsUsec: number; readonly how: 'starttls' | 'compressed' }
  /** Bytes between elements, and behind the last. */
  | {
      readonly what: 'loose';
      readonly direction: Direction;
      readonly tsUsec: number;
      readonly bytes: Uint8Array;
    };

/**
 * The detection engine of playbacks: compiled once, used for one after the other. `current`: what is played now. Throws
 * OperatorError when the rules do not compile.
 */
export function replayEngine(
  config: SensorConfig,
  rules: RuleSet,
  current: () => Playback | undefined,
): DetectEngine {
  const counters = new Counters();
  const nowhere = { endpoints: () => undefined, isWaiting: () => false };
  const { buffers } = replayRoom({ config, counters, flows: nowhere, engine: () => undefined });
  const room = currentRoom(buffers, () => current()?.room);
  return createDetectEngine({
    ...detectionOptions(config, withoutRates(rules), counters, room),
    counters,
    handler: {
      onFinding: (finding) => {
        current()?.onFinding(finding);
      },
    },
    flowEndpoints: (flow) => current()?.endpoints(flow),
  });
}

export interface PlaybackHandler {
  onPlayed(played: Played): void;
  /** Text that xmpp/ overwrites: logins and passwords, as they were written. */
  onSecret(text: string): void;
}

export class Playback implements TransportHandler, XmppHandler {
  readonly room: Correlation;
  readonly #handler: PlaybackHandler;
  readonly #counters = new Counters();
  readonly #view = new PacketView();
  readonly #time = new Float64Array(1);
  readonly #flows: FlowTable;
  readonly #transport: Transport;
  readonly #xmpp: Xmpp;
  readonly #engine: DetectEngine;
  readonly #wires = [new Wire(), new Wire()];
  #tokenizer: XmlTokenizer | undefined;
  #tape: TapeInfo | undefined;
  /** Elements wait for findings that are told behind them. */
  #last: PlayedElement | undefined;
  #sealed: Played | undefined;
  /** Findings of events come before the element they are about. */
  #early: Finding[] = [];

  /** `engine`: of replayEngine(), with this as what is played. */
  constructor(config: SensorConfig, engine: DetectEngine, handler: PlaybackHandler) {
    this.#handler = handler;
    this.#engine = engine;
    const counters = this.#counters;
    // One connection at a time: memory for few is plenty.
    const limits = { ...limitValues(config), flowTableFlows: 64, xmlSlots: 4 };
    this.#flows = new FlowTable({
      ...{ counters, limits, checksums: config.checksums },
      overlapPolicy: config.reassembly.overlap_policy,
    });
    this.#transport = new Transport({ handler: this, flows: this.#flows, counters, limits });
    this.#flows.connect(this.#transport);
    this.room = replayRoom({ config, counters, flows: this.#flows, engine: () => engine });
    this.#xmpp = createXmpp({
      ...{ limits, counters, handler: this },
      config: { redirectAllow: config.detection.redirect_allow },
      createTokenizer: (reader) => {
        this.#tokenizer = createTokenizer(limits, this.#watched(reader));
        return this.#tokenizer;
      },
    });
    this.#xmpp.wantBuffers(engine.buffers);
  }

  packet({ bytes, wirelen, tsUsec, from }: KeptPacket): void {
    this.#time[0] = tsUsec;
    const { length } = bytes;
    const view = this.#view;
    const code = decodePacket(bytes, 0, length, wirelen, this.#time, from.linkType, view);
    if (code === DECODED) this.#flows.process(view);
  }

  /** No more packets come. */
  finish(): void {
    this.#flows.shutdown();
    this.#tellLast();
    for (const direction of [DIRECTION.toServer, DIRECTION.toClient]) {
      this.#tellLoose(direction, Infinity);
    }
  }

  endpoints(flow: number): ReturnType<FlowTable['endpoints']> {
    return this.#flows.endpoints(flow);
  }

  // What transport/ found.

  onConnect(flow: number): void {
    this.room.onConnect(flow, this.#now);
  }

  onXmppOpen(flow: number, midstream: boolean): void {
    const ports = [this.#flows.clientPort(flow), this.#flows.serverPort(flow)] as const;
    this.#xmpp.open(flow, midstream, ...ports, this.#now);
  }

  onXml(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#wires[direction]?.add(bytes.subarray(offset, offset + length));
    this.#xmpp.data(flow, direction, bytes, offset, length, this.#now);
    this.#tellLast();
    if (this.#sealed !== undefined) this.#handler.onPlayed(this.#sealed);
    this.#sealed = undefined;
  }

  onXmlGap(flow: number, direction: Direction, length: number): void {
    this.#xmpp.gap(flow, direction, length);
    this.#tellLast();
    this.#handler.onPlayed({ what: 'gap', direction, tsUsec: this.#now, bytes: length });
  }

  onFlowEvent(flow: number, direction: Direction, event: number): void {
    this.#engine.onFlowEvent(flow, direction, event, this.#now, this.#xmpp.session(flow));
  }

  onSocks(): boolean {
    return false;
  }

  onClose(flow: number, reason: string): void {
    this.#xmpp.close(flow, reason, this.#now);
    this.room.onDisconnect(flow, this.#now);
    this.#engine.onFlowClose(flow);
  }

  // What xmpp/ found.

  onSessionOpen(session: XmppSession): void {
    this.room.onSessionOpen(session);
  }

  onLogin(login: LoginOutcome): void {
    this.room.onLogin(login);
  }

  onSessionEnd(session: XmppSession, summary: SessionSummary): void {
    this.room.onSessionEnd(session, summary);
    this.#tellLast();
  }

  onStanza(view: StanzaView): void {
    this.#tellLast();
    const tape = this.#tape;
    const memory = this.#tokenizer?.memory;
    if (tape !== undefined && memory !== undefined) {
      this.#tellLoose(view.direction, tape.wireOffset);
      this.#wires[view.direction]?.skipTo(tape.wireOffset + tape.wireLength);
      this.#last = copyElement(view, tape, memory);
    }
    this.#engine.onStanza(view);
  }

  onEvent(event: XmppEvent): void {
    this.#engine.onEvent(event);
    this.room.onEvent(event);
  }

  onEncrypted(flow: number, how: 'starttls' | 'compressed'): void {
    this.#transport.setEncrypted(flow, how);
    // The element that says so is told behind this.
    this.#sealed = { what: 'sealed', tsUsec: this.#now, how };
  }

  onSealed(flow: number): void {
    this.#transport.stopReading(flow);
  }

  get #now(): number {
    return this.#time[0] as number;
  }

  /** What the engine found. */
  onFinding(finding: Finding): void {
    const last = this.#last;
    const isOfLast =
      last?.direction === finding.direction &&
      (finding.stanza.serial === 0 || finding.stanza.serial === last.serial);
    if (isOfLast) last.findings.push(finding);
    else if (this.#early.length < MAX_EARLY) this.#early.push(finding);
  }

  #tellLast(): void {
    const element = this.#last;
    if (element === undefined) return;
    this.#last = undefined;
    for (const finding of this.#early) {
      const isAbout =
        finding.direction === element.direction && finding.stanza.serial === element.serial;
      if (isAbout) element.findings.push(finding);
    }
    if (this.#early.length > 0) this.#early = [];
    this.#handler.onPlayed({ what: 'element', element });
  }

  #tellLoose(direction: Direction, until: number): void {
    const bytes = this.#wires[direction]?.take(until);
    if (bytes === undefined || bytes.length === 0) return;
    this.#handler.onPlayed({ what: 'loose', direction, tsUsec: this.#now, bytes });
  }

  /** Sees each tape before xmpp/ overwrites the secrets in it. */
  #watched(reader: XmlHandler): XmlHandler {
    return {
      streamHeader: (half, tape, wasOpen, hadDeclaration) => {
        this.#tape = tape;
        reader.streamHeader(half, tape, wasOpen, hadDeclaration);
      },
      element: (half, tape) => {
        this.#tape = tape;
        const texts = this.#texts(tape);
        reader.element(half, tape);
        this.#tellScrubbed(texts);
      },
      streamEnd: (half) => {
        reader.streamEnd(half);
      },
      event: (half, event, serial, offset, tape) => {
        reader.event(half, event, serial, offset, tape);
      },
    };
  }

  /** Texts and values of the tape, where they stand. */
  #texts({ words, tapeBase, tokenCount }: TapeInfo): TextAtPlace[] {
    const memory = this.#tokenizer?.memory ?? new Uint8Array(0);
    const texts: TextAtPlace[] = [];
    for (let token = 0; token < tokenCount; token++) {
      const at = tapeBase + token * TOKEN_WORDS;
      if (words[at] !== TOKEN.text && words[at] !== TOKEN.attr) continue;
      const offset = words[at + 5] as number;
      const length = words[at + 6] as number;
      if (length > 0) texts.push({ offset, bytes: memory.slice(offset, offset + length) });
    }
    return texts;
  }

  #tellScrubbed(texts: readonly TextAtPlace[]): void {
    const memory = this.#tokenizer?.memory;
    if (memory === undefined) return;
    for (const { offset, bytes } of texts) {
      const now = memory.subarray(offset, offset + bytes.length);
      const isScrubbed = now.every((byte) => byte === 0x2a);
      if (isScrubbed) this.#handler.onSecret(Buffer.from(bytes).toString());
    }
  }
}

interface TextAtPlace {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The latest bytes of one direction, by their place in the stream. */
class Wire {
  #pieces: Uint8Array[] = [];
  /** Place of the first byte that is here, and of the first that was not told. */
  #start = 0;
  #end = 0;
  #told = 0;

  add(bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice());
    this.#end += bytes.length;
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      if (this.#end - this.#start - first.length < WIRE_BYTES) break;
      this.#pieces.shift();
      this.#start += first.length;
    }
  }

  /** What was not told up to there. */
  take(until: number): Uint8Array {
    const from = Math.max(this.#told, this.#start);
    const to = Math.min(until, this.#end);
    this.skipTo(to);
    if (from >= to) return new Uint8Array(0);
    return Buffer.concat(this.#pieces).subarray(from - this.#start, to - this.#start);
  }

  skipTo(place: number): void {
    this.#told = Math.max(this.#told, place);
  }
}

/** Secrets must be found as often as they are said, whatever a rule's threshold lets through. */
function withoutRates(rules: RuleSet): RuleSet {
  return {
    ...rules,
    overrides: { suppressions: [], thresholds: [], rateFilters: [] },
    rules: rules.rules.map((rule) => ({ ...rule, threshold: undefined })),
  };
}
