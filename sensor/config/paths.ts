/** Where a configuration puts its files. */
import { join } from 'node:path';
import type { SensorConfig } from './schema.ts';

/** Path of the SQLite store. */
export function storeFile(config: SensorConfig): string {
  return config.output.sqlite.file || join(config.data_dir, 'stanzawatch.db');
}

/** Path of the EVE file; `-` is standard output. */
export function eveFile(config: SensorConfig): string {
  return config.output.eve.file || join(config.data_dir, 'eve.json');
}
