/**
 * The thread that answers for rules reads and compiles them all when it is first asked, which takes seconds. Asked once in
 * idle time after the sign-in, it is ready when somebody opens an alert. The rules that were tuned are the shortest answer.
 */
import { effect } from '@preact/signals';
import { isSignedIn } from '../session.ts';
import { api } from './endpoints.ts';

/** After the first page has asked for what it shows. */
const LATEST_MS = 3_000;

export function warmRules(): () => void {
  return effect(() => {
    if (!isSignedIn.value) return undefined;
    const abort = new AbortController();
    const stop = whenIdle(() => {
      api
        .rules({ tuned: true }, { signal: abort.signal, isBackground: true })
        .catch(() => undefined);
    });
    return () => {
      stop();
      abort.abort();
    };
  });
}

/** Not every browser tells when it is idle. */
type Idler = Partial<Pick<Window, 'requestIdleCallback'>>;

function whenIdle(run: () => void, idler: Idler = window): () => void {
  if (idler.requestIdleCallback === undefined) {
    const timer = window.setTimeout(run, LATEST_MS);
    return () => {
      window.clearTimeout(timer);
    };
  }
  const idle = idler.requestIdleCallback(run, { timeout: LATEST_MS });
  return () => {
    window.cancelIdleCallback(idle);
  };
}
