/** Where kept packets lie. */
import { join } from 'node:path';

/** Folder of the spool: readable for the sensor's user alone. */
export function packetsFolder(dataDir: string): string {
  return join(dataDir, 'packets');
}
