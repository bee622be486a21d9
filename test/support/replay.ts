/** A capture through the whole pipeline, without sinks: every record it gave. */
import type { AlertRecord, SensorRecord } from '../../sensor/alert/index.ts';
import { readCapture, type PacketHandler } from '../../sensor/capture/index.ts';
import { loadConfig } from '../../sensor/config/index.ts';
import { createPipeline, type Pipeline } from '../../sensor/pipeline.ts';
import { requireRules } from '../../sensor/rule-files.ts';
import type { RuleSet } from '../../sensor/rules/index.ts';

export interface Replay {
  readonly records: readonly SensorRecord[];
  /** As they stood at the end, with all their firings, in the order they began. */
  readonly alerts: readonly AlertRecord[];
  readonly pipeline: Pipeline;
}

/** The sensor's name is fixed and nothing is stored, whatever the machine. */
const OVERRIDES = ['sensor_name=test', 'output.sqlite.enabled=false', 'output.eve.file="-"'];

let shipped: RuleSet | undefined;

/** The shipped rules, loaded once. */
export function shippedRules(): RuleSet {
  shipped ??= requireRules(loadConfig({ file: undefined, overrides: OVERRIDES }));
  return shipped;
}

/** Feeds a pipeline by hand; gives what came out. */
export async function replayPackets(
  feed: (packets: PacketHandler) => Promise<void> | void,
  overrides: readonly string[] = [],
): Promise<Replay> {
  const records: SensorRecord[] = [];
  const pipeline = createPipeline({
    config: loadConfig({ file: undefined, overrides: [...OVERRIDES, ...overrides] }),
    ruleSet: shippedRules(),
    emit: (record) => records.push(record),
  });
  await feed(pipeline.packets);
  pipeline.shutdown();
  const alerts = new Map<string, AlertRecord>();
  for (const { kind, record } of records) {
    if (kind === 'alert' || kind === 'alert_update') alerts.set(record.alertId, record);
  }
  return { records, alerts: [...alerts.values()], pipeline };
}

/** Replays capture files, one after the other. */
export function replay(
  paths: readonly string[],
  overrides: readonly string[] = [],
): Promise<Replay> {
  return replayPackets(async (packets) => {
    for (const path of paths) await readCapture(path, packets);
  }, overrides);
}
