/** Both readers of parser-diff over a stream, element by element, whether or not something was odd about it. */
import { Counters, bufferId, defaultLimits, eventName } from '../../sensor/core/index.ts';
import { differenceOf } from '../../sensor/correlation/smuggling/disagreement.ts';
import { LooseReader } from '../../sensor/correlation/smuggling/loose-reader.ts';
import { strictReading } from '../../sensor/correlation/smuggling/strict-reading.ts';
import { createXmpp, type StanzaView, type Xmpp } from '../../sensor/xmpp/index.ts';

const RAW = bufferId('xmpp.stanza');
const GREATER = 0x3e;

export interface Reading {
  readonly elements: number;
  /** What the readers disagreed about, and the raw text of that element. */
  readonly differences: readonly (readonly [what: string, raw: string])[];
  /** Names of xml.* and utf8.* events, without repeats. */
  readonly events: ReadonlySet<string>;
}

export class TwoReaders {
  readonly #xmpp: Xmpp;
  readonly #loose = new LooseReader();
  #elements = 0;
  #differences: [string, string][] = [];
  #events = new Set<string>();

  constructor() {
    this.#xmpp = createXmpp({
      limits: { ...defaultLimits(), flowTableFlows: 16, xmlSlots: 4 },
      counters: new Counters(),
      config: { redirectAllow: [] },
      handler: {
        onSessionOpen: () => undefined,
        onStanza: (view) => {
          this.#compare(view);
        },
        onEvent: ({ event }) => {
          const name = eventName(event);
          if (/^(xml|utf8)\./.test(name)) this.#events.add(name);
        },
        onEncrypted: () => undefined,
        onLogin: () => undefined,
        onSessionEnd: () => undefined,
      },
    });
  }

  /** The client sends these bytes, from the first of the stream on. */
  read(bytes: Uint8Array, pieceBytes = Infinity): Reading {
    this.#elements = 0;
    this.#differences = [];
    this.#events = new Set();
    const xmpp = this.#xmpp;
    xmpp.open(1, false, 40_000, 5222, 0);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      xmpp.data(1, 0, bytes, at, Math.min(pieceBytes, bytes.length - at), 0);
    }
    xmpp.close(1, 'closed', 0);
    return { elements: this.#elements, differences: this.#differences, events: this.#events };
  }

  #compare(view: StanzaView): void {
    const { regions, memory, tree } = view;
    if (view.kind === 4 || tree.isEmpty) return;
    for (let i = 0; i < view.regionCount; i++) {
      if (regions[3 * i] !== RAW) continue;
      const offset = regions[3 * i + 1] as number;
      const length = regions[3 * i + 2] as number;
      this.#elements++;
      this.#loose.read(memory, offset, length);
      const isWhole = !view.isBroken && memory[offset + length - 1] === GREATER;
      const difference = differenceOf(
        strictReading(tree),
        this.#loose.elements,
        isWhole && !this.#loose.isCut,
      );
      if (difference === undefined) continue;
      const raw = Buffer.from(memory.subarray(offset, offset + Math.min(length, 2000)));
      this.#differences.push([difference, raw.toString('latin1')]);
    }
  }
}
