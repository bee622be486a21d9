/** A sensor of the data folder: who has the store open, what answers at its address. */
import { get } from 'node:http';
import { accessSync, constants, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { storeFile, type SensorConfig } from '../../config/index.ts';
import { monotonicMs } from '../../core/index.ts';
import { runFile } from '../../run-record.ts';
import { runningSensor } from '../../running-sensor.ts';
import type { Answer, Recorded, SensorFacts } from '../sensor.ts';
import { namesIn } from './system.ts';

const HTTP_MS = 10_000;
const ANSWER_CHARS = 4 * 1024 * 1024;
/** How long processes are looked through. */
const SCAN_MS = 2000;
const NOTHING: Answer = { is: 'silent', why: 'it was not asked' };

export async function sensorFacts(config: SensorConfig): Promise<SensorFacts> {
  const { enabled: isEnabled, listen } = config.http;
  const holders = holdersOf(storeFile(config));
  const { host, port } = addressOf(listen);
  const page = (path: string): Promise<Answer> => askPage(host, port, path);
  const healthz = isEnabled ? await page('/healthz') : NOTHING;
  const [readyz, metrics] =
    healthz.is === 'answered'
      ? await Promise.all([page('/readyz'), page('/metrics')])
      : [NOTHING, NOTHING];
  const recorded = recordOf(config.data_dir);
  return { recorded, holders, http: { isEnabled, listen, healthz, readyz, metrics } };
}

function recordOf(dataDir: string): Recorded {
  const sensor = runningSensor(dataDir);
  if (sensor.state === 'none') {
    return { is: mayBeRead(runFile(dataDir)) ? 'gone' : 'none' };
  }
  // That it may not be signalled does not matter here.
  return { is: sensor.state === 'hidden' ? 'hidden' : 'running', pid: sensor.pid };
}

/** Asked of the kernel, and not tried: what the sensor's user made there may be a pipe, or have no end. */
function mayBeRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where to ask: what listens everywhere answers on the loopback. */
export function addressOf(listen: string): { readonly host: string; readonly port: number } {
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
  const asked = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return { host: asked, port: Number(listen.slice(colon + 1)) };
}

/**
 * Processes that have a file open, this one apart. Undefined where there was none among those that may be looked at,
 * but others may not.
 */
function holdersOf(path: string): readonly number[] | undefined {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    // What is not there, nobody has open.
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? [] : undefined;
  }
  const endMs = monotonicMs() + SCAN_MS;
  const found: number[] = [];
  let isWhole = true;
  for (const name of namesIn('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    if (monotonicMs() > endMs) {
      isWhole = false;
      break;
    }
    const holds = holdsOpen(pid, real);
    if (holds === true) found.push(pid);
    else if (holds === undefined) isWhole = false;
  }
  return found.length > 0 || isWhole ? found : undefined;
}

/** Undefined: it may not be looked at. */
function holdsOpen(pid: number, path: string): boolean | undefined {
  let descriptors: string[];
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`);
  } catch (error) {
    // It may have ended meanwhile.
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? undefined : false;
  }
  return descriptors.some((descriptor) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${descriptor}`) === path;
    } catch {
      return false;
    }
  });
}

function askPage(host: string, port: number, path: string): Promise<Answer> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      request.destroy();
      resolve({ is: 'silent', why: 'it accepts a connection and does not answer' });
    }, HTTP_MS);
    const end = (answer: Answer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const request = get({ host, port, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        if (text.length < ANSWER_CHARS) text += part;
      });
      response.on('end', () => {
        end({ is: 'answered', status: response.statusCode ?? 0, text });
      });
      response.on('error', ({ message }) => {
        end({ is: 'silent', why: message });
      });
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') end({ is: 'refused' });
      else if (error.code?.startsWith('HPE_') === true || error.code === 'ECONNRESET') {
        end({ is: 'answered', status: 0, text: '' });
      } else end({ is: 'silent', why: error.message });
    });
  });
}
