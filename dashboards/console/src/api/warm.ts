/**
 * The thread that answers for rules loads them all when it is asked for the first time, or after minutes in which nobody
 * asked, and that takes a second or more. Asked in idle time after the sign-in and now and then while the page is looked
 * at, it is ready when somebody opens an alert. The rules that were tuned are the shortest answer.
 */
import { effect } from '@preact/signals';
import { isSignedIn } from '../session.ts';
import { api } from './endpoints.ts';

/** After the first page has asked for what it shows. */
const LATEST_MS = 3_000;
/** The thread ends after three minutes. */
const AGAIN_MS = 150_000;

export function warmRules(): () => void {
  return effect(() => {
    if (!isSignedIn.value) return undefined;
    const abort = new AbortController();
    const ask = (): void => {
      api
        .rules({ tuned: true }, { signal: abort.signal, isBackground: true })
        .catch(() => undefined);
    };
    const stop = whenIdle(ask);
    const timer = window.setInterval(() => {
      if (!document.hidden) ask();
    }, AGAIN_MS);
    return () => {
      stop();
      window.clearInterval(timer);
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
