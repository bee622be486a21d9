/**
 * Server-sent events (GET /events): one stream of news for all readers. Sources are asked only while somebody reads;
 * what was triaged is told from the store, whoever wrote it: the API, the command line, a server beside this one.
 * A burst of alerts costs each reader at most so many events a second, and a reader that is slow at most so many bytes:
 * what is left out is counted and told (`lost`), and the reader asks the lists anew.
 */
import type { ServerResponse } from 'node:http';
import { errorText, log, type LimitValues, type LiveAlert } from '../core/index.ts';
import type { HealthCheck, LiveEvent } from './contract.ts';
import { ApiError } from './problems.ts';
import type { SensorService } from './services.ts';
import { TriageWatch, type TriageSource } from './triage-watch.ts';

const HEARTBEAT_MS = 15_000;
const HEALTH_MS = 5000;
const WINDOW_MS = 1000;
/** A reader that took nothing for so many heartbeats is let go. */
const STUCK_HEARTBEATS = 4;

export type EventLimits = Pick<
  LimitValues,
  'httpEventReaders' | 'httpEventReadersPerToken' | 'httpEventBacklogBytes' | 'httpEventsPerSecond'
>;

type AlertNews = LiveAlert & { readonly isUpdate: boolean };

interface Reader {
  readonly response: ServerResponse;
  readonly isValid: () => boolean;
  /** Name of its token. */
  readonly name: string;
  /** Events left out since the latest that was sent. */
  lost: number;
  stuck: number;
}

export class EventHub {
  readonly #limits: EventLimits;
  readonly #sensor: Pick<SensorService, 'onAlert' | 'health'>;
  readonly #triage: TriageWatch;
  readonly #readers = new Set<Reader>();
  /** Alerts of this second: sent, and how they look now where they grew since. */
  readonly #window = new Map<string, AlertNews | undefined>();
  #overflow = 0;
  #windowTimer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #healthTimer: NodeJS.Timeout | undefined;
  #health: HealthCheck['state'] | undefined;
  #stopListening: (() => void) | undefined;

  constructor(
    limits: EventLimits,
    sensor: Pick<SensorService, 'onAlert' | 'health'>,
    store: TriageSource,
  ) {
    this.#limits = limits;
    this.#sensor = sensor;
    this.#triage = new TriageWatch(store, ({ changes, untold }) => {
      for (const data of changes) this.#send({ event: 'triage', data });
      if (untold > 0) this.#send({ event: 'lost', data: { count: untold } });
    });
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Is there room for one more of the token? Throws ApiError where not. */
  checkRoom(name: string): void {
    const { httpEventReaders, httpEventReadersPerToken } = this.#limits;
    const own = [...this.#readers].filter((reader) => reader.name === name).length;
    if (own >= httpEventReadersPerToken) {
      throw new ApiError(
        429,
        'TOO_MANY',
        'Too many readers of live events with this token',
        'Close other windows of the console',
        30,
      );
    }
    if (this.#readers.size < httpEventReaders) return;
    throw new ApiError(
      503,
      'TOO_MANY',
      'Too many readers of live events',
      'Close other windows of the console, or ask again later',
      30,
    );
  }

  /** Sends events into an answer whose head is written, until it ends or `isValid` says no. `name`: of its token. */
  add(response: ServerResponse, name: string, isValid: () => boolean): void {
    const reader: Reader = { response, name, isValid, lost: 0, stuck: 0 };
    response.on('error', () => undefined);
    response.on('close', () => {
      this.#remove(reader);
    });
    this.#readers.add(reader);
    response.write(': live\n\n');
    if (this.#readers.size === 1) this.#start();
    else if (this.#health !== undefined) this.#sendTo(reader, healthEvent(this.#health));
  }

  /** Something was triaged here: readers hear it at once, not when the store is asked next. */
  triaged(): void {
    this.#triage.look();
  }

  close(): void {
    for (const { response } of this.#readers) response.end();
    this.#readers.clear();
    this.#stop();
  }

  #start(): void {
    this.#stopListening = this.#sensor.onAlert((alert) => {
      this.#onAlert(alert);
    });
    this.#heartbeat = setInterval(() => {
      this.#beat();
    }, HEARTBEAT_MS);
    this.#healthTimer = setInterval(() => {
      void this.#askHealth();
    }, HEALTH_MS);
    void this.#askHealth();
    this.#triage.start();
  }

  #stop(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#triage.stop();
    clearInterval(this.#heartbeat);
    clearInterval(this.#healthTimer);
    clearTimeout(this.#windowTimer);
    this.#windowTimer = undefined;
    this.#window.clear();
    this.#overflow = 0;
    this.#health = undefined;
  }

  #remove(reader: Reader): void {
    if (this.#readers.delete(reader) && this.#readers.size === 0) this.#stop();
  }

  #onAlert(alert: AlertNews): void {
    const { alertId } = alert;
    if (this.#window.has(alertId)) {
      this.#window.set(alertId, alert);
      return;
    }
    if (this.#window.size >= this.#limits.httpEventsPerSecond) {
      this.#overflow++;
      return;
    }
    this.#windowTimer ??= setTimeout(() => {
      this.#endWindow();
    }, WINDOW_MS);
    this.#window.set(alertId, undefined);
    this.#send({ event: 'alert', data: alert });
  }

  /** What grew in this second is told as it is now; it counts in the next. */
  #endWindow(): void {
    this.#windowTimer = undefined;
    const grown = [...this.#window.values()].filter((alert) => alert !== undefined);
    const lost = this.#overflow;
    this.#window.clear();
    this.#overflow = 0;
    for (const alert of grown) this.#onAlert({ ...alert, isUpdate: true });
    if (lost > 0) this.#send({ event: 'lost', data: { count: lost } });
  }

  async #askHealth(): Promise<void> {
    let state: HealthCheck['state'];
    try {
      const { checks } = await this.#sensor.health();
      state = worstOf(checks);
    } catch (error) {
      log('debug', 'api', `health: ${errorText(error)}`);
      state = 'bad';
    }
    if (state === this.#health || this.#readers.size === 0) return;
    this.#health = state;
    this.#send(healthEvent(state));
  }

  #beat(): void {
    for (const reader of this.#readers) {
      const { response, isValid } = reader;
      if (!isValid()) response.end();
      else if (this.#isBehind(reader)) {
        if (++reader.stuck >= STUCK_HEARTBEATS) response.destroy();
      } else {
        reader.stuck = 0;
        this.#tellLost(reader);
        response.write(':\n\n');
      }
    }
  }

  #send(event: LiveEvent): void {
    const text = eventText(event);
    const count = event.event === 'lost' ? event.data.count : 1;
    for (const reader of this.#readers) this.#write(reader, text, count);
  }

  #sendTo(reader: Reader, event: LiveEvent): void {
    this.#write(reader, eventText(event), 1);
  }

  #write(reader: Reader, text: string, count: number): void {
    if (this.#isBehind(reader)) {
      reader.lost += count;
      return;
    }
    this.#tellLost(reader);
    reader.response.write(text);
  }

  #tellLost(reader: Reader): void {
    if (reader.lost === 0) return;
    reader.response.write(eventText({ event: 'lost', data: { count: reader.lost } }));
    reader.lost = 0;
  }

  #isBehind({ response }: Reader): boolean {
    return response.writableLength > this.#limits.httpEventBacklogBytes;
  }
}

/** JSON has no line breaks of its own, so that no text from traffic can end an event. */
function eventText({ event, data }: LiveEvent): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function healthEvent(state: HealthCheck['state']): LiveEvent {
  return { event: 'health', data: { state } };
}

function worstOf(checks: readonly HealthCheck[]): HealthCheck['state'] {
  if (checks.some(({ state }) => state === 'bad')) return 'bad';
  return checks.some(({ state }) => state === 'warning') ? 'warning' : 'ok';
}
