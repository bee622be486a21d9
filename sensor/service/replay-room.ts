/**
 * What the sensor remembers (correlation/) for one playback: it begins with nothing, and forgets everything behind it. It
 * is there for what is said in pieces: a secret cut over several messages is one all the same.
 */
import { configuredThresholds, limitValues, type SensorConfig } from '../config/index.ts';
import { DIRECTION, type Counters } from '../core/index.ts';
import { LabelPolicy, Site, createCorrelation, type Correlation } from '../correlation/index.ts';
import type { DetectEngine, Detector } from '../detect/index.ts';
import type { FlowTable } from '../flow/index.ts';

export interface ReplayRoomOptions {
  readonly config: SensorConfig;
  readonly counters: Counters;
  readonly flows: Pick<FlowTable, 'endpoints' | 'isWaiting'>;
  readonly engine: () => DetectEngine | undefined;
}

export function replayRoom({ config, counters, flows, engine }: ReplayRoomOptions): Correlation {
  const { detection, dlp } = config;
  return createCorrelation({
    ...{ counters, limits: limitValues(config), thresholds: configuredThresholds(config) },
    endpointsOf: (flow) => flows.endpoints(flow),
    raise: (event, incident) => {
      engine()?.onEvent(event, incident);
    },
    raiseOnFlow: (flow, event, tsUsec, incident, context, parties) => {
      const about = [undefined, context, incident, parties] as const;
      engine()?.onFlowEvent(flow, DIRECTION.toServer, event, tsUsec, ...about);
    },
    isWaiting: (flow) => flows.isWaiting(flow),
    botAllow: detection.bot_allow,
    site: new Site(detection.internal_networks, detection.no_chat_networks, dlp.internal_domains),
    labelPolicy: new LabelPolicy({
      labels: dlp.labels,
      ceilings: dlp.label_ceilings,
      required: dlp.label_required,
    }),
    facts: { onCampaign: nothing, onServerFeatures: nothing },
    isOn: detection.stateful,
    serverFeatures: [],
  });
}

/** The room of what is played now as the engine's detector: the engine stays, rooms come and go. */
export function currentRoom(
  buffers: ReadonlySet<number>,
  current: () => Correlation | undefined,
): Detector {
  return {
    name: 'correlation',
    buffers,
    stanza: (view, emit, read) => {
      current()?.stanza(view, emit, read);
    },
    judged: (view, fired) => {
      current()?.judged(view, fired);
    },
    done: () => {
      current()?.done();
    },
  };
}

function nothing(): void {
  // What is learned from packets that were seen before is no news.
}
