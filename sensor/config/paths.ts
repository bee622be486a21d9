/** Where a configuration puts its files. */
import { join } from 'node:path';
import type { SensorConfig } from './schema.ts';

/** Path of the SQLite store. */
export function storeFile(config: SensorConfig): string {
  return config.output.sqlite.file || join(config.data_dir, 'stanzawatch.db');
}

/** Where copies of the store go. */
export function replicaFile(config: SensorConfig): string {
  return join(config.data_dir, 'replica', 'stanzawatch.db');
}

/** Path of the EVE file; `-` is standard output. */
export function eveFile(config: SensorConfig): string {
  return config.output.eve.file || join(config.data_dir, 'eve.json');
}

/** Folder of the operator's lists: `NAME.txt` adds to the dataset NAME. */
export function datasetFolder(config: SensorConfig): string {
  return config.rules.dataset_dir || join(config.data_dir, 'datasets');
}

/** Fingerprints of documents. */
export function fingerprintFile(config: SensorConfig): string {
  return join(config.data_dir, 'fingerprints.bin');
}

/** threshold.config and disable.conf with what was tuned from console and command line. */
export function tuningFiles(config: SensorConfig): {
  readonly threshold: string;
  readonly disable: string;
} {
  const folder = join(config.data_dir, 'tuning');
  return { threshold: join(folder, 'threshold.config'), disable: join(folder, 'disable.conf') };
}

/** Folder of the lists that rules fill. */
export function learnedFolder(config: SensorConfig): string {
  return join(config.data_dir, 'learned');
}
