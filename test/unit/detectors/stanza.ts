/** Helper of the detector tests: a stanza view over given texts, and what a detector says about it. */
import { bufferId, eventName, type BufferName } from '../../../sensor/core/index.ts';
import type { Detector, EmitEvent, EventContext } from '../../../sensor/detect/index.ts';
import type { StanzaView } from '../../../sensor/xmpp/index.ts';
import { NO_KEYS, NO_TREE, makeSession } from '../../support/stanza-view.ts';

/** A text and the buffer it stands in. */
export type Region = readonly [buffer: BufferName, text: string | Uint8Array];

export interface Emitted {
  readonly event: string;
  readonly context: EventContext;
  readonly region: number | undefined;
}

const encoder = new TextEncoder();

/** Of somebody not known. */
const session = makeSession({
  ...{ user: '', domain: '', mechanism: '', outcome: '', jid: '' },
});

/** A message whose regions hold `texts`, laid out one after the other with a byte between them. */
export function stanzaOf(texts: readonly Region[]): StanzaView {
  const parts = texts.map(([buffer, text]) => ({
    buffer: bufferId(buffer),
    bytes: typeof text === 'string' ? encoder.encode(text) : text,
  }));
  const memory = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes.length + 1, 0));
  const regions = new Uint32Array(3 * parts.length);
  let at = 0;
  for (const [i, part] of parts.entries()) {
    memory.set(part.bytes, at);
    regions.set([part.buffer, at, part.bytes.length], 3 * i);
    at += part.bytes.length + 1;
  }
  return {
    session,
    direction: 0,
    kind: 0,
    tsUsec: 0,
    memory,
    regions,
    regionCount: parts.length,
    serial: 1,
    rawLength: at,
    wireOffset: 0,
    isBroken: false,
    isCopy: false,
    name: 'message',
    from: '',
    to: '',
    id: '',
    type: 'chat',
    namespaces: () => [],
    text: () => '',
    tree: NO_TREE,
    keys: NO_KEYS,
  };
}

/** What the detector raises for one stanza; its literals are searched the slow way. */
export function examine(detector: Detector, view: StanzaView): Emitted[] {
  const { patterns } = detector;
  if (patterns !== undefined) {
    const matches: number[] = [];
    for (let region = 0; region < view.regionCount; region++) {
      if (view.regions[3 * region] !== patterns.buffer) continue;
      const start = view.regions[3 * region + 1] ?? 0;
      const length = view.regions[3 * region + 2] ?? 0;
      const text = Buffer.from(view.memory.subarray(start, start + length));
      const found: [end: number, id: number][] = [];
      for (const { bytes, id } of patterns.literals) {
        for (let at = text.indexOf(bytes); at >= 0; at = text.indexOf(bytes, at + 1)) {
          found.push([at + bytes.length, id]);
        }
      }
      found.sort((a, b) => a[0] - b[0]);
      for (const [end, id] of found) matches.push(region, id, end);
    }
    if (matches.length > 0) {
      patterns.onMatches(view, Uint32Array.from(matches), matches.length / 3);
    }
  }
  const emitted: Emitted[] = [];
  const emit: EmitEvent = (event, context, region) => {
    emitted.push({ event: eventName(event), context, region });
  };
  detector.stanza(view, emit, () => false);
  return emitted;
}
