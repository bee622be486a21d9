/** `npm run fuzz [-- SECONDS [TARGET [SEED]]]`: every target (or one) for SECONDS each, from a fresh or given seed. */
import { fuzzTargets, runTarget } from './targets.ts';

const [seconds = '30', only, seedText] = process.argv.slice(2);
const seed = seedText === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(seedText);

for (const target of await fuzzTargets()) {
  if (only !== undefined && target.name !== only) continue;
  const runs = runTarget(target, seed, Number(seconds) * 1000);
  process.stdout.write(`${target.name}: ${runs} runs, seed ${seed}\n`);
}
