/** Processes that leave the record of a running sensor in a folder, and do what a test wants when they are signalled. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `late`: a reload was under way when the signal came. `deaf`: the signal would kill it. */
export type OnSignal = 'obey' | 'refuse' | 'late' | 'end' | 'ignore' | 'deaf';

/** Writes a record as a sensor does; what a signal makes it do is `onSignal`. */
const SCRIPT = `import { RunRecord } from ${JSON.stringify(new URL('../../sensor/run-record.js', import.meta.url).href)};
const [folder, onSignal] = process.argv.slice(2);
const answer = (isOk) => ({ isOk, loaded: 7, failed: 0, generation: 2, problem: isOk ? '' : 'line 3 is wrong' });
let record;
let signals = 0;
const deeds = {
  obey: () => { record.begin(); record.end(answer(true)); },
  refuse: () => { record.begin(); record.end(answer(false)); },
  late: () => { record.end(answer(false)); record.begin(); record.end(answer(true)); },
  end: () => process.exit(0),
  ignore: () => {},
};
if (onSignal !== 'deaf') process.on('SIGUSR2', () => { signals++; process.send({ signals }); deeds[onSignal](); });
record = new RunRecord(folder);
if (onSignal === 'late') record.begin();
setInterval(() => {}, 1000);
process.send({ signals });
`;

export class StandIns {
  readonly #script: string;
  readonly #children: ChildProcess[] = [];

  /** Their program is written to `folder`. */
  constructor(folder: string) {
    this.#script = join(folder, 'stand-in.mjs');
    writeFileSync(this.#script, SCRIPT);
  }

  /** Resolves when its record is in the data folder. It tells its parent how many signals came. */
  async start(dataDir: string, onSignal: OnSignal): Promise<ChildProcess> {
    const child = fork(this.#script, [dataDir, onSignal]);
    this.#children.push(child);
    await once(child, 'message');
    return child;
  }

  kill(): void {
    for (const child of this.#children.splice(0)) child.kill('SIGKILL');
  }
}
