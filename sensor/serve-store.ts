/** Console and API over a store alone: another process writes it, or wrote it. */
import type { HttpServer, Readiness } from './api/index.ts';
import type { SensorConfig } from './config/index.ts';
import { errorText } from './core/index.ts';
import { openHttp } from './http-door.ts';
import { PacketExpiry, packetsFolder } from './packets/index.ts';
import { StoredSensor, openStoreClient, type StoreBehind } from './service/index.ts';

/** Listens until closed. Throws OperatorError for a store that cannot be read, tokens, or the address. */
export async function serveStore(config: SensorConfig, version: string): Promise<HttpServer> {
  const store = openStoreClient(config);
  try {
    // A wrong folder is told at once, not to the first who asks.
    await store.latestStats();
    const http = await openHttp({
      ...{ config, version, store, isLive: false },
      sensor: new StoredSensor({ config, version, store }),
      readiness: () => readinessOf(store),
    });
    http.warm();
    const expiry = new PacketExpiry(packetsFolder(config.data_dir), config.packets.max_days);
    return {
      url: http.url,
      close: () => {
        expiry.stop();
        return http.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function readinessOf(store: StoreBehind): Promise<readonly Readiness[]> {
  try {
    await store.latestStats();
    return [{ check: 'store', isOk: true, text: 'readable' }];
  } catch (error) {
    return [{ check: 'store', isOk: false, text: errorText(error) }];
  }
}
