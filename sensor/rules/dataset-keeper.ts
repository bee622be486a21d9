/**
 * Keeps lists that rules fill on disk: one file a list, replaced in one step, readable by the sensor
 * alone, since it tells who talks. Each capture worker writes files of its own; all are read at the start.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorText, log, temporaryName } from '../core/index.ts';
import { ListDataset } from './list-dataset.ts';
import type { Dataset } from './types.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

export class DatasetKeeper {
  readonly #folder: string;
  readonly #suffix: string;
  /** Changes of a list that are on disk. */
  readonly #written = new WeakMap<ListDataset, number>();
  /** One writing at a time: the last one wins. */
  #work: Promise<void> = Promise.resolve();

  /** `shard`: number of the capture worker, 0 when there is one. */
  constructor(folder: string, shard: number) {
    this.#folder = folder;
    this.#suffix = shard === 0 ? '' : `.${shard}`;
  }

  /** Writes the lists that have changed since they were last written. Never rejects: it logs. */
  keep(datasets: ReadonlyMap<string, Dataset>): Promise<void> {
    this.#work = this.#work.then(() => this.#writeChanged(datasets));
    return this.#work;
  }

  async #writeChanged(datasets: ReadonlyMap<string, Dataset>): Promise<void> {
    for (const [file, dataset] of datasets) {
      if (!(dataset instanceof ListDataset)) continue;
      const { changes } = dataset;
      if ((this.#written.get(dataset) ?? 0) === changes) continue;
      const path = join(this.#folder, file + this.#suffix);
      try {
        await write(path, dataset);
        this.#written.set(dataset, changes);
      } catch (error) {
        log('warn', 'rules', `Cannot keep dataset ${dataset.name}: ${errorText(error)}`);
      }
    }
  }
}

async function write(path: string, dataset: ListDataset): Promise<void> {
  const lines = [`# dataset ${dataset.name}, type ${dataset.type}: filled by rules of the sensor`];
  dataset.forEachLine((line) => lines.push(line));
  await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
  const temporary = temporaryName(path);
  try {
    await writeFile(temporary, `${lines.join('\n')}\n`, { mode: FILE_MODE, flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
