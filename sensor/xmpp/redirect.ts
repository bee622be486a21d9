/**
 * Redirects: `<see-other-host/>` in a stream error (RFC 6120 section 4.9.3.19), and elements of vendors that
 * carry a host, domain or URL beside it. A redirect is an event unless it leads to the stream's own
 * domain, a name below it, or a host on the allow list. There is no learning from the first one seen:
 * in an attack the first one is the attack.
 */
import { TOKEN } from '../xml/index.ts';
import { NAME, NS } from './ids.ts';
import { isWithinDomain, normalizeDomain } from './jid.ts';
import { EVENT, type Stage } from './stage.ts';

const HOST_ATTRIBUTE = /domain|host|url/i;
const URL_HOST = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/?#]+)/i;
/** Redirects told about one element. */
const MAX_REDIRECTS = 4;

/** Host of `host`, `host:port`, `[v6]:port`, bare v6 address or URL; normalised. */
function redirectHost(text: string): string {
  const trimmed = text.trim();
  const authority = URL_HOST.exec(trimmed)?.[1] ?? trimmed;
  const bracketed = /^\[([^\]]*)\]/.exec(authority);
  if (bracketed?.[1] !== undefined) return bracketed[1].toLowerCase();
  const colons = authority.split(':').length - 1;
  return normalizeDomain(colons === 1 ? authority.slice(0, authority.indexOf(':')) : authority);
}

export class RedirectCheck {
  readonly #allowed: ReadonlySet<string>;

  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed.map((host) => normalizeDomain(host)));
  }

  #isExpected(host: string, domain: string): boolean {
    if (host === '' || isWithinDomain(host, domain)) return true;
    for (let at = host; at !== '';) {
      if (this.#allowed.has(at)) return true;
      const dot = at.indexOf('.');
      if (dot < 0) break;
      at = at.slice(dot + 1);
    }
    return false;
  }

  /** Look for redirects in the stream error at element `error`. */
  check(stage: Stage, error: number): void {
    const { tape, session } = stage;
    const end = tape.end(error);
    const told: string[] = [];
    for (let i = error + 1; i < end && told.length < MAX_REDIRECTS; i++) {
      const kind = tape.kind(i);
      let text = '';
      if (kind === TOKEN.start) {
        if (tape.is(i, NS.streamErrors, NAME.seeOtherHost)) text = stage.value(tape.text(i));
      } else if (kind === TOKEN.attr && HOST_ATTRIBUTE.test(stage.localName(i))) {
        text = stage.value(i);
      }
      if (text === '') continue;
      const host = redirectHost(text);
      if (told.includes(host) || this.#isExpected(host, session.domain)) continue;
      told.push(host);
      stage.raise(EVENT.redirect, { host, domain: session.domain });
    }
  }
}
