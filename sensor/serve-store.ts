/** Console and API over a store alone: another process writes it, or wrote it. */
import type { HttpServer, Readiness } from './api/index.ts';
import { storeFile, type SensorConfig } from './config/index.ts';
import { errorText } from './core/index.ts';
import { openHttp } from './http-door.ts';
import { PackKeeper } from './output/index.ts';
import { PacketExpiry, packetsFolder } from './packets/index.ts';
import { StoredSensor, openStoreClient, type StoreBehind } from './service/index.ts';

/** Listens until closed. Throws OperatorError for a store that cannot be read, tokens, or the address. */
export async function serveStore(config: SensorConfig, version: string): Promise<HttpServer> {
  const store = openStoreClient(config);
  const packs = new PackKeeper(storeFile(config), () => store.packState());
  try {
    // A wrong folder is told at once, not to the first who asks.
    await store.latestStats();
    const http = await openHttp({
      ...{ config, version, store, isLive: false },
      sensor: new StoredSensor({ config, version, store, packs: () => packs.news }),
      readiness: () => readinessOf(store),
    });
    await packs.look();
    http.warm();
    const expiry = new PacketExpiry(packetsFolder(config.data_dir), config.packets.max_days);
    return {
      url: http.url,
      close: async () => {
        expiry.stop();
        await packs.stop();
        await http.close();
        packs.tidy();
      },
    };
  } catch (error) {
    await packs.stop();
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
