/**
 * What memory costs: the XMPP of a capture, taken apart once, through xmpp/ and one more layer of correlation/ at a
 * time. The note says nanoseconds of the processor a stanza beyond the row before; the last row is the room as it is
 * used, with every watch.
 */
import { readCapture } from '../../sensor/capture/index.ts';
import {
  Counters,
  defaultLimits,
  thresholdValues,
  type Direction,
} from '../../sensor/core/index.ts';
import { Site, createCorrelation } from '../../sensor/correlation/index.ts';
import { createGates } from '../../sensor/correlation/gates/index.ts';
import { Scene } from '../../sensor/correlation/scene.ts';
import { StateMemory } from '../../sensor/correlation/state-memory.ts';
import { createTables } from '../../sensor/correlation/tables/index.ts';
import { DECODED, PacketView, decodePacket } from '../../sensor/decode/index.ts';
import type { FlowEndpoints } from '../../sensor/detect/index.ts';
import { FlowTable } from '../../sensor/flow/index.ts';
import { createXmpp, type StanzaView } from '../../sensor/xmpp/index.ts';
import type { BenchRow } from './main.ts';

const ROUNDS = 4;
const MOST_BYTES = 100e6;
const PORTS = new Set([5222, 5269]);

/** A piece of a stream, in the order of the capture. */
interface Piece {
  readonly flow: number;
  readonly direction: Direction;
  readonly bytes: Uint8Array;
  readonly tsUsec: number;
}

type Layer = 'xmpp' | 'scene' | 'gates' | 'tables' | 'room';
const LAYERS: readonly (readonly [Layer, string])[] = [
  ['xmpp', 'XML and sessions alone'],
  ['scene', '+ addresses as keys, outline'],
  ['gates', '+ gates'],
  ['tables', '+ tables'],
  ['room', 'the whole room, all watches'],
];

const limits = defaultLimits();
const endpoints: FlowEndpoints = {
  flowId: 1,
  clientWords: [0, 0, 0xffff, 0x0a000001],
  clientPort: 40000,
  serverWords: [0, 0, 0xffff, 0x0a000002],
  serverPort: 5222,
};
const facts = { onCampaign: () => undefined, onServerFeatures: () => undefined };
const shared = {
  limits,
  thresholds: thresholdValues(),
  botAllow: [],
  site: new Site([], []),
  endpointsOf: () => endpoints,
  facts,
  serverFeatures: [],
};

export async function bench({
  smallCapturePath,
}: {
  smallCapturePath: string;
}): Promise<BenchRow[]> {
  const pieces = await takeApart(smallCapturePath);
  const megabytes = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0) / 1e6;
  const best = new Map<Layer, number>();
  let stanzas = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [layer] of LAYERS) {
      const { seconds, count } = play(pieces, layer);
      stanzas = count;
      best.set(layer, Math.min(best.get(layer) ?? Infinity, seconds));
    }
  }
  let before = 0;
  const plain = best.get('xmpp') ?? 0;
  return LAYERS.map(([layer, what]) => {
    const seconds = best.get(layer) ?? 0;
    const beyond = layer === 'room' ? seconds - plain : seconds - before;
    before = seconds;
    const nanoseconds = ((beyond * 1e9) / stanzas).toFixed(0);
    return {
      name: `correlation: ${what}`,
      mbPerSec: megabytes / seconds,
      note: `${nanoseconds} ns a stanza${layer === 'room' ? ' beyond the first row' : ''} (${stanzas})`,
    };
  });
}

/** Sets up the room as far as the layer goes. */
function layerHandler(layer: Layer, counters: Counters): (view: StanzaView) => void {
  if (layer === 'xmpp') return () => undefined;
  const nothing = (): void => undefined;
  if (layer === 'room') {
    const room = createCorrelation({ ...shared, counters, raise: nothing, raiseOnFlow: nothing });
    return (view) => {
      room.stanza(view, nothing);
      room.done();
    };
  }
  const memory = new StateMemory(counters);
  const tables = createTables({ ...shared, memory, counters });
  const gates = createGates({ ...shared, memory, rooms: tables.roomNames });
  const scene = new Scene(shared.endpointsOf, gates);
  if (layer === 'scene') {
    return (view) => {
      scene.enter(view, nothing);
    };
  }
  if (layer === 'gates') {
    return (view) => {
      scene.enter(view, nothing);
      gates.isRepeat(scene);
      gates.isCanned(scene);
    };
  }
  const { contacts, roster, roomNames, relations, senders, software } = tables;
  const learners = [contacts, roster, roomNames, relations, senders, software];
  const byKind = [0, 1, 2, 3, 4].map((kind) =>
    learners.filter(({ kinds }) => (kinds & (1 << kind)) !== 0),
  );
  return (view) => {
    scene.enter(view, nothing);
    const wanted = byKind[view.kind] ?? [];
    for (let i = 0; i < wanted.length; i++) wanted[i]?.learn(scene);
  };
}

function play(pieces: readonly Piece[], layer: Layer): { seconds: number; count: number } {
  const counters = new Counters();
  const onStanza = layerHandler(layer, counters);
  let count = 0;
  const xmpp = createXmpp({
    limits,
    counters,
    config: { redirectAllow: [] },
    handler: {
      onSessionOpen: () => undefined,
      onStanza: (view) => {
        count++;
        onStanza(view);
      },
      onEvent: () => undefined,
      onEncrypted: () => undefined,
      onSealed: () => undefined,
      onLogin: () => undefined,
      onSessionEnd: () => undefined,
    },
  });
  const started = process.cpuUsage();
  for (const { flow, direction, bytes, tsUsec } of pieces) {
    if (xmpp.session(flow) === undefined) xmpp.open(flow, true, 40000, 5222, tsUsec);
    xmpp.data(flow, direction, bytes, 0, bytes.length, tsUsec);
  }
  const { user, system } = process.cpuUsage(started);
  return { seconds: (user + system) / 1e6, count };
}

async function takeApart(path: string): Promise<Piece[]> {
  const pieces: Piece[] = [];
  let taken = 0;
  let now = 0;
  const flows = new FlowTable({ counters: new Counters(), limits });
  flows.connect({
    onOpen: () => undefined,
    onData: (flow, direction, bytes, offset, length) => {
      if (!PORTS.has(flows.serverPort(flow)) || taken > MOST_BYTES) return;
      taken += length;
      pieces.push({ flow, direction, bytes: bytes.slice(offset, offset + length), tsUsec: now });
    },
    onGap: () => undefined,
    onEvent: () => undefined,
    onClose: () => undefined,
  });
  const view = new PacketView();
  await readCapture(path, {
    packet: (bytes, offset, caplen, wirelen, time, linkType) => {
      now = time[0] ?? now;
      if (taken > MOST_BYTES) return;
      if (decodePacket(bytes, offset, caplen, wirelen, time, linkType, view) === DECODED) {
        flows.process(view);
      }
    },
  });
  return pieces;
}
