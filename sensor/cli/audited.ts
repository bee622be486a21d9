/** What the command line does that is audited, as the console's doing is. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { limitValues, storeFile, type SensorConfig } from '../config/index.ts';
import { errorText, wallClockUsec, type AuditEntry } from '../core/index.ts';
import { StoreClient } from '../output/index.ts';

export type Audited = Pick<AuditEntry, 'action' | 'object' | 'detail'>;

/**
 * Calls `act` with the name of the user. The rows of the audit come first: where there is a store and none can be
 * written, nothing is done. What fails has further rows that say so.
 */
export async function audited<T>(
  config: SensorConfig,
  entry: Audited | readonly Audited[],
  act: (actor: string) => Promise<T>,
): Promise<T> {
  const actor = userInfo().username;
  const path = storeFile(config);
  if (!config.output.sqlite.enabled || !existsSync(path)) return act(actor);
  const store = new StoreClient({ path, limits: limitValues(config) });
  const write = async (suffix: string, more: Readonly<Record<string, string>>): Promise<void> => {
    for (const { action, object, detail } of [entry].flat()) {
      await store.writeAudit({
        ...{ tsUsec: wallClockUsec(), actor, action: action + suffix, object },
        detail: { ...detail, ...more },
      });
    }
  };
  try {
    await write('', {});
    return await act(actor).catch(async (error: unknown) => {
      await write('_failed', { error: errorText(error).slice(0, 500) });
      throw error;
    });
  } finally {
    await store.close();
  }
}
