/**
 * `db-unsolicited`: answers of dialback (XEP-0220) that nobody asked for. A server that takes them trusts a domain
 * that proved nothing (CVE-2012-3525). A result must follow a key for its pair on the same stream in the other
 * direction; a verification must follow a request with its id between the same two addresses, on whichever stream.
 */
import { eventId } from '../../core/index.ts';
import type { Direction } from '../../core/index.ts';
import type { XmppSession } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import { HOP, type Scene } from '../scene.ts';
import { SecondLook } from '../second-look.ts';
import { DialbackStep, type S2sDomains } from '../tables/s2s-domains.ts';
import { KINDS, type Teller, type Watch } from '../types.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';

const RESULT = eventId('s2s.dialback_unsolicited');
const VERIFY = eventId('s2s.verify_unsolicited');

interface Answer {
  readonly session: XmppSession;
  readonly direction: Direction;
  readonly tsUsec: number;
  readonly isVerify: boolean;
  readonly type: string;
  readonly from: string;
  readonly to: string;
  readonly fromKey: Key;
  readonly toKey: Key;
  /** Who should have asked, who answered, about which stream. */
  readonly asking: Key;
  readonly asked: Key;
  readonly askedIp: string;
  readonly id: Key;
  readonly idText: string;
}

export function watchDialbackAnswers(options: WatchOptions): Watch {
  return new DialbackAnswerWatch(options);
}

class DialbackAnswerWatch implements Watch {
  readonly name = 'db-unsolicited';
  readonly kinds = KINDS.message | KINDS.presence | KINDS.iq | KINDS.nonza | KINDS.header;
  readonly hops = 1 << HOP.federation;
  readonly #domains: S2sDomains;
  readonly #teller: Teller;
  readonly #later: SecondLook<Answer>;
  /** The latest result of each stream that answered no key. */
  readonly #strays = new Map<XmppSession, Answer>();
  readonly #step = new DialbackStep();

  constructor({ tables, teller, thresholds }: WatchOptions) {
    this.#domains = tables.s2sDomains;
    this.#teller = teller;
    this.#later = new SecondLook(thresholds.s2sReorderSeconds, (answer) => {
      // A hole in the capture shows late, and what was asked may be in it.
      const isWhole = answer.session.inSync[0] && answer.session.inSync[1];
      if (isWhole && !this.#isExpected(answer)) this.#tell(answer);
    });
  }

  stanza(scene: Scene): void {
    if (!this.#later.isEmpty) this.#later.tick(scene.nowUsec);
    if (!scene.isWhole) return;
    const step = this.#step;
    if (!step.read(scene.view) || (step.type !== 'valid' && step.type !== 'invalid')) return;
    const { session, direction, nowUsec } = scene;
    if (!this.#domains.remembers(session)) return;
    const isToServer = direction === 0;
    const answer: Answer = {
      session,
      direction,
      tsUsec: nowUsec,
      isVerify: step.isVerify,
      type: step.type,
      from: step.from,
      to: step.to,
      fromKey: new Key().copy(step.fromKeys.domain),
      toKey: new Key().copy(step.toKeys.domain),
      asking: new Key().copy(isToServer ? scene.serverAddress : scene.clientAddress),
      asked: new Key().copy(isToServer ? scene.clientAddress : scene.serverAddress),
      askedIp: isToServer ? scene.clientIp : scene.serverIp,
      id: new Key().copy(step.id),
      idText: step.idText,
    };
    if (this.#isExpected(answer) || this.#answersStray(answer)) return;
    if (!answer.isVerify) this.#strays.set(session, answer);
    this.#later.add(answer);
  }

  tick(tsUsec: number): void {
    this.#later.tick(tsUsec);
  }

  sessionEnd(session: XmppSession): void {
    this.#later.end(session);
    this.#strays.delete(session);
  }

  /** Servers take a result that nobody asked for as a key, and refuse it: that refusal is none of its own. */
  #answersStray({ session, direction, isVerify, fromKey, toKey }: Answer): boolean {
    const stray = this.#strays.get(session);
    if (stray === undefined || isVerify || stray.direction === direction) return false;
    return stray.fromKey.equals(toKey) && stray.toKey.equals(fromKey);
  }

  #isExpected(answer: Answer): boolean {
    const { session, direction, asking, asked, id, tsUsec, toKey, fromKey } = answer;
    return answer.isVerify
      ? this.#domains.wasVerificationAsked(asking, asked, id, tsUsec)
      : this.#domains.wasClaimed(session, 1 - direction, toKey, fromKey);
  }

  #tell(answer: Answer): void {
    const { isVerify, type, from, to, askedIp, idText } = answer;
    // The domain whose word is given: a result speaks for the claimed `to`, a verification for its own `from`.
    const claimed = isVerify ? from : to;
    const what = isVerify
      ? `said that a key of ${shown(from)} is ${type}, which nobody had asked it to verify`
      : `told ${shown(to)} that its key for ${shown(from)} is ${type}, but no such key was sent on this stream`;
    this.#teller.raise(
      isVerify ? VERIFY : RESULT,
      answer,
      { key: `${from} ${to} ${askedIp}`, contributors: askedIp === '' ? [from] : [askedIp] },
      { summary: `${askedIp || shown(from)} ${what}`, claimed: shown(claimed), answer: type },
      { name: isVerify ? 'db:verify' : 'db:result', from, to, id: idText, type },
    );
  }
}
