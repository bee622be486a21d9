/** Opens the HTTP side over whatever runs: services put together, tokens from the data folder. */
import { startHttp, type HttpServer, type Readiness, type SensorService } from './api/index.ts';
import { limitValues, type SensorConfig } from './config/index.ts';
import { log } from './core/index.ts';
import { storesData } from './rule-files.ts';
import { createServices, type RuleSensor, type StoreBehind } from './service/index.ts';
import { TokenFile, adminTokenFile, ensureFirstToken } from './token-file.ts';

export interface HttpDoorOptions {
  readonly config: SensorConfig;
  readonly version: string;
  readonly isLive: boolean;
  readonly sensor: SensorService;
  /** Rules of a running sensor; undefined over a store alone. */
  readonly rules?: RuleSensor | undefined;
  /** The store, where it is open already. */
  readonly store?: StoreBehind | undefined;
  readonly readiness: () => Promise<readonly Readiness[]>;
}

/** Throws OperatorError ADDRESS_IN_USE, or for tokens that cannot be read or made. */
export async function openHttp(options: HttpDoorOptions): Promise<HttpServer> {
  const { config, version, isLive, sensor } = options;
  const { data_dir: dataDir, http } = config;
  // Where nothing is stored, nothing is there to ask for: the API is closed, probes and metrics are not.
  if (storesData(config)) ensureFirstToken(dataDir);
  const services = createServices({ config, sensor, rules: options.rules, store: options.store });
  try {
    const server = await startHttp({
      listen: http.listen,
      allowedHosts: http.allowed_hosts,
      limits: limitValues(config),
      about: { sensor: config.sensor_name, version, isLive },
      services,
      tokens: new TokenFile(dataDir),
      readiness: options.readiness,
    });
    return {
      url: server.url,
      close: async () => {
        await server.close();
        await services.close();
      },
    };
  } catch (error) {
    await services.close().catch(() => {
      log('debug', 'api', 'services did not close');
    });
    throw error;
  }
}

/** Where to look for a first token, for people. */
export function tokenHint(config: SensorConfig): string {
  return `sign in with a token: the first is in ${adminTokenFile(config.data_dir)}, more by stanzawatch token create`;
}
