/**
 * `spim-server-verdict`: several other domains send back what one sender writes, and call it abuse. The filters of the
 * whole federation are sensors: the account is compromised, or spams. One domain alone may be too strict, and size and
 * rate limits are no verdict.
 */
import { eventId, type ThresholdValues } from '../../core/index.ts';
import { nameId, nsId } from '../../xml/index.ts';
import { bareJid, domainOf } from '../../xmpp/index.ts';
import { LruTable } from '../lru-table.ts';
import { TYPE } from '../outline.ts';
import { RecentDistinct } from '../recent.ts';
import { HOP, type Scene } from '../scene.ts';
import { KINDS, type Watch } from '../types.ts';
import { counted, shown, span } from '../words.ts';
import type { WatchOptions } from './index.ts';

const VERDICT = eventId('spim.server_verdict');
const STANZAS = nsId('urn:ietf:params:xml:ns:xmpp-stanzas');
const [ERROR, TEXT] = [nameId('error'), nameId('text')];
/** Words of ejabberd mod_antispam and mod_block_strangers, Prosody mod_firewall and mod_anti_spam. */
const SPAM = /spam|unsolicited|abus|stranger|blocked due to/i;
const LIMITS = /rate|limit|too (?:big|large|many|long)|size|quota|traffic/i;
/** Conditions that filters use; without words only the first speaks for itself. */
const POLICY = 'policy-violation';
const OTHERS = ['not-acceptable', 'not-allowed', 'forbidden', 'service-unavailable'];

export function watchServerVerdicts(options: WatchOptions): Watch {
  return new ServerVerdictWatch(options);
}

class ServerVerdictWatch implements Watch {
  readonly name = 'spim-server-verdict';
  readonly kinds = KINDS.message | KINDS.presence;
  readonly types = 1 << TYPE.error;
  readonly hops = (1 << HOP.toClient) | (1 << HOP.federation);
  readonly #thresholds: ThresholdValues;
  /** Domains, by sender they reject. */
  readonly #senders: LruTable;
  readonly #domains: RecentDistinct;

  constructor({ memory, limits, thresholds }: WatchOptions) {
    this.#thresholds = thresholds;
    const { spimVerdictSeconds, spimVerdictDomains } = thresholds;
    const capacity = limits.correlationVerdictEntries;
    this.#senders = new LruTable(memory, 'verdicts', capacity, spimVerdictSeconds);
    this.#domains = new RecentDistinct(this.#senders, spimVerdictDomains);
  }

  stanza(scene: Scene): void {
    const { outline, hop, from, to, nowUsec, view } = scene;
    if (outline.type !== TYPE.error) return;
    if (hop !== HOP.toClient && hop !== HOP.federation) return;
    if (!scene.isAcrossDomains || !to.hasLocal || !isVerdict(scene)) return;
    const { spimVerdictDomains, spimVerdictSeconds } = this.#thresholds;
    const slot = this.#senders.claim(to.bare.high, to.bare.low, nowUsec);
    this.#domains.add(slot, from.domain.high, from.domain.low, nowUsec);
    const domains = this.#domains.within(slot, nowUsec, spimVerdictSeconds);
    if (domains < spimVerdictDomains) return;
    const sender = bareJid(view.to);
    const domain = domainOf(view.from);
    scene.raise(
      VERDICT,
      { key: sender, contributors: [domain] },
      {
        summary: `At least ${counted(domains, 'domain')}, lately ${shown(domain)}, rejected what ${shown(sender)} sends as abuse within ${span(spimVerdictSeconds)}`,
        account: sender,
        domains,
        seconds: spimVerdictSeconds,
      },
    );
  }
}

/** Does the error say that a filter took the stanza for spam? */
function isVerdict({ tree }: Scene): boolean {
  let error = tree.firstChild(0);
  while (error >= 0 && tree.name(error) !== ERROR) error = tree.nextSibling(error, 0);
  if (error < 0) return false;
  let condition = '';
  for (let at = tree.firstChild(error); at >= 0; at = tree.nextSibling(at, error)) {
    if (tree.ns(at) !== STANZAS || tree.name(at) === TEXT) continue;
    condition = tree.localName(at);
    break;
  }
  const words = tree.textOf(tree.child(error, STANZAS, TEXT));
  if (condition === POLICY) return SPAM.test(words) || !LIMITS.test(words);
  return OTHERS.includes(condition) && SPAM.test(words);
}
