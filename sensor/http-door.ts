/** Opens the HTTP side over whatever runs: services put together, tokens from the data folder. */
import { readFileSync } from 'node:fs';
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

export interface HttpDoor extends HttpServer {
  /** Loads in the background what the first question would wait for; for when nothing more urgent is to be done. */
  warm(): void;
}

/** Throws OperatorError ADDRESS_IN_USE, or for tokens that cannot be read or made. */
export async function openHttp(options: HttpDoorOptions): Promise<HttpDoor> {
  const { config, version, isLive, sensor } = options;
  const { data_dir: dataDir, http } = config;
  // Where nothing is stored, nothing is there to ask for: the API is closed, probes and metrics are not.
  if (storesData(config)) ensureFirstToken(dataDir);
  const tokens = new TokenFile(dataDir);
  const services = createServices({
    config,
    sensor: withTokenCheck(sensor, tokens),
    rules: options.rules,
    store: options.store,
  });
  try {
    const server = await startHttp({
      listen: http.listen,
      allowedHosts: http.allowed_hosts,
      limits: limitValues(config),
      about: { sensor: config.sensor_name, version, isLive },
      services,
      tokens,
      readiness: options.readiness,
    });
    return {
      url: server.url,
      warm: () => {
        services.warm();
      },
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

/** A list of tokens that is not taken is told where everybody looks, not in the log alone. */
function withTokenCheck(sensor: SensorService, tokens: TokenFile): SensorService {
  return {
    metricsText: (counts) => sensor.metricsText(counts),
    onAlert: (listener) => sensor.onAlert(listener),
    health: async () => {
      const health = await sensor.health();
      const text = tokens.problem;
      if (text === '') return health;
      const fix = 'The tokens of before stay in force. The log and stanzawatch token list say more';
      return { ...health, checks: [...health.checks, { name: 'tokens', state: 'bad', text, fix }] };
    },
  };
}

/** Where to look for a token, for people: the first one's file only while there is one, and it is in force. */
export function tokenHint(config: SensorConfig): string {
  const { data_dir: dataDir } = config;
  const path = adminTokenFile(dataDir);
  if (!isInForce(dataDir, path)) {
    return 'sign in with a token: stanzawatch token create makes one, stanzawatch token list shows whose there are';
  }
  return `sign in with a token: the first is in ${path}, more by stanzawatch token create`;
}

function isInForce(dataDir: string, path: string): boolean {
  try {
    return new TokenFile(dataDir).find(readFileSync(path, 'utf8').trim()) !== undefined;
  } catch {
    return false;
  }
}
