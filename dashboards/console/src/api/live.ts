/**
 * GET /events over fetch(), since EventSource cannot send the token in a header. After a break listeners hear `lost`,
 * for what happened meanwhile is known only to the store.
 */
import { effect, signal } from '@preact/signals';
import type { LiveEvent } from '../../../../sensor/api/contract.ts';
import { LiveLine } from '../logic/live-line.ts';
import { EventReader, type ServerEvent } from '../logic/sse.ts';
import { isSignedIn } from '../session.ts';
import { apiPath, send } from './client.ts';

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

/** Connects while somebody is signed in, and looks after it when the machine is back from offline or sleep. */
export function startLive(): () => void {
  return effect(() => {
    if (!isSignedIn.value) return undefined;
    let reader = new EventReader();
    const line = new LiveLine({
      open: async (signal) => {
        liveState.value = 'connecting';
        const options = { signal, accept: 'text/event-stream' };
        const { body } = await send('GET', apiPath('/events'), undefined, options);
        return pieces(body);
      },
      onPiece: (piece) => {
        for (const event of reader.push(piece)) hear(event);
      },
      onOpen: (isBack) => {
        reader = new EventReader();
        liveState.value = 'live';
        if (isBack) tell({ event: 'lost', data: { count: 0 } });
      },
      onBreak: () => {
        liveState.value = 'connecting';
      },
      random: Math.random,
      now: Date.now,
    });
    const onOnline = (): void => {
      line.backOnline();
    };
    const onVisible = (): void => {
      if (!document.hidden) line.seen();
    };
    window.addEventListener('online', onOnline);
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      window.removeEventListener('online', onOnline);
      document.removeEventListener('visibilitychange', onVisible);
      line.stop();
      liveState.value = 'off';
    };
  });
}

async function* pieces(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  if (body === null) return;
  const decoder = new TextDecoder();
  const source = body.getReader();
  for (;;) {
    const { done, value } = await source.read();
    if (done) return;
    yield decoder.decode(value, { stream: true });
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
