/**
 * GET /events over fetch(), since EventSource cannot send the token in a header. Reconnects with growing pauses; after
 * a break listeners hear `lost`, for what happened meanwhile is known only to the store.
 */
import { effect, signal } from '@preact/signals';
import type { LiveEvent } from '../../../../sensor/api/contract.ts';
import { EventReader, type ServerEvent } from '../logic/sse.ts';
import { isSignedIn } from '../session.ts';
import { apiPath, send } from './client.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const KINDS: ReadonlySet<string> = new Set(['alert', 'triage', 'health', 'lost']);

export type LiveState = 'off' | 'connecting' | 'live';

export const liveState = signal<LiveState>('off');

type Listener = (event: LiveEvent) => void;
const listeners = new Set<Listener>();

/** Hears every event until the returned function is called. */
export function onLive(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Connects while somebody is signed in. */
export function startLive(): () => void {
  return effect(() => {
    if (!isSignedIn.value) return undefined;
    const abort = new AbortController();
    void stayConnected(abort.signal);
    return () => {
      abort.abort();
      liveState.value = 'off';
    };
  });
}

async function stayConnected(signal: AbortSignal): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  let isFirst = true;
  for (;;) {
    liveState.value = 'connecting';
    try {
      const options = { signal, accept: 'text/event-stream' };
      const response = await send('GET', apiPath('/events'), undefined, options);
      liveState.value = 'live';
      pause = FIRST_PAUSE_MS;
      if (!isFirst) tell({ event: 'lost', data: { count: 0 } });
      isFirst = false;
      if (response.body !== null) await readAll(response.body);
    } catch {
      // Whatever broke the connection, the answer is to try again later.
    }
    if (signal.aborted) return;
    liveState.value = 'connecting';
    await wait(pause * (0.75 + Math.random() / 2), signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

async function readAll(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = new EventReader();
  const decoder = new TextDecoder();
  const source = body.getReader();
  for (;;) {
    const { done, value } = await source.read();
    if (done) return;
    for (const event of reader.push(decoder.decode(value, { stream: true }))) hear(event);
  }
}

function hear({ event, data }: ServerEvent): void {
  if (!KINDS.has(event)) return;
  try {
    tell({ event, data: JSON.parse(data) as unknown } as LiveEvent);
  } catch {
    // Half an event after a server's restart: what it said is in the store.
    tell({ event: 'lost', data: { count: 1 } });
  }
}

function tell(event: LiveEvent): void {
  for (const listener of [...listeners]) listener(event);
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = window.setTimeout(done, ms);
    function done(): void {
      window.clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
