/** Rules in figures from a process of their own; lists of the operator by their files. */
import { join } from 'node:path';
import { datasetFolder, type SensorConfig } from '../../config/index.ts';
import { wallClockUsec } from '../../core/index.ts';
import type { RuleFacts } from '../rules.ts';
import { ask } from './ask.ts';
import { namesIn, statOf } from './system.ts';

/** Hundred thousand rules take twenty seconds. */
const LOAD_SECONDS = 120;

export async function ruleFacts(config: SensorConfig): Promise<RuleFacts> {
  const reply = await ask('rules', config, LOAD_SECONDS);
  const facts = { allowsBad: config.rules.allow_bad, lists: listsOf(datasetFolder(config)) };
  if (reply.is === 'answered') return { ...facts, ...reply.answer };
  const { problem } = reply;
  return { ...facts, set: { problem }, cache: { problem } };
}

function listsOf(folder: string): RuleFacts['lists'] {
  const there = statOf(folder);
  if (typeof there === 'string') return { problem: there };
  const nowMs = wallClockUsec() / 1000;
  return namesIn(folder)
    .filter((name) => name.endsWith('.txt'))
    .flatMap((name) => {
      const file = statOf(join(folder, name));
      if (typeof file !== 'object') return [];
      return [{ name, ageSeconds: Math.max(0, (nowMs - file.mtimeMs) / 1000) }];
    });
}
