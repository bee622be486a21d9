/**
 * What stream rules cost: the whole pipeline over the capture in one process, with the shipped rules alone and with the
 * peers' 50 rules on raw bytes beside them; and the same without the shipped rules. Seconds are those of the processor,
 * start-up is left out. The 50 rules are read from the folder STANZAWATCH_SURICATA names, else from ../shared/bench.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readCapture } from '../../sensor/capture/index.ts';
import { loadConfig } from '../../sensor/config/index.ts';
import { createPipeline } from '../../sensor/pipeline.ts';
import { SIGNATURES } from '../../sensor/rule-files.ts';
import { validatorProblem } from '../../sensor/detect/index.ts';
import { loadRuleSources, loadRules, type RuleSet } from '../../sensor/rules/index.ts';
import type { BenchRow } from './main.ts';

const ROUNDS = 3;
const OVERRIDES = ['sensor_name=bench', 'output.sqlite.enabled=false', 'output.eve.enabled=false'];
const IDLE =
  'alert xmpp any any -> any any (msg:"none"; xmpp.kind; content:"no such kind"; classtype:misc-activity; sid:1;)';

export async function bench({ capturePath }: { capturePath: string }): Promise<BenchRow[]> {
  const folder =
    process.env['STANZAWATCH_SURICATA'] ?? join(process.cwd(), '..', 'shared', 'bench');
  const fifty = join(folder, 'rules50.rules');
  if (!existsSync(fifty)) return [];
  const megabytes = statSync(capturePath).size / 1e6;
  const options = { validatorProblem, shippedFolder: SIGNATURES };
  const idle = loadRuleSources([{ file: join(SIGNATURES, 'idle.rules'), text: IDLE }], options);
  const sets: readonly (readonly [string, RuleSet])[] = [
    ['no stream rules', idle],
    ['50 stream rules', loadRules([fifty], options)],
    ['shipped rules', loadRules([SIGNATURES], options)],
    ['shipped and 50 stream rules', loadRules([SIGNATURES, fifty], options)],
  ];
  const best = sets.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, [, ruleSet]] of sets.entries()) {
      best[i] = Math.min(best[i] ?? Infinity, await secondsOf(ruleSet, capturePath));
    }
  }
  return sets.map(([name], i) => {
    const before = best[i - (i % 2)] ?? 0;
    const ratio = (best[i] ?? 0) / before;
    const note = i % 2 === 1 ? `${ratio.toFixed(2)} of the time without them` : '';
    return { name: `pipeline: ${name}`, mbPerSec: megabytes / (best[i] ?? 1), note };
  });
}

/** Seconds of the processor for the whole capture. */
async function secondsOf(ruleSet: RuleSet, capturePath: string): Promise<number> {
  const pipeline = createPipeline({
    config: loadConfig({ file: undefined, overrides: OVERRIDES }),
    ruleSet,
    emit: () => undefined,
  });
  const before = process.cpuUsage();
  await readCapture(capturePath, pipeline.packets);
  pipeline.shutdown();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
