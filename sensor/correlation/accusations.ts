/**
 * Accusations that rest on what was not seen: an answer without its question. The question may come late (directions
 * captured out of order) or turn out to be lost, which a flow knows only when it was acknowledged. So each waits a
 * moment, and is told when nothing explained it.
 */
import type { EventContext, Incident } from '../detect/index.ts';
import type { XmppSession } from '../xmpp/index.ts';
import type { Scene } from './scene.ts';
import { SecondLook, type Suspicion } from './second-look.ts';
import type { Place, Teller } from './types.ts';

export interface Charge {
  readonly event: number;
  readonly incident: Incident;
  readonly context: EventContext;
  /** Asked once, later: was what was missing seen after all? */
  readonly isExplained: () => boolean;
}

interface Accusation extends Suspicion, Place {
  readonly charge: Charge;
  readonly stanza: Parameters<Teller['raise']>[4];
}

export class Accusations {
  readonly #later: SecondLook<Accusation>;

  constructor(teller: Teller, waitSeconds: number) {
    this.#later = new SecondLook(waitSeconds, (accusation) => {
      const { session, charge, stanza } = accusation;
      const isWhole = session.inSync[0] && session.inSync[1];
      if (!isWhole || charge.isExplained()) return;
      teller.raise(charge.event, accusation, charge.incident, charge.context, stanza);
    });
  }

  /** About the stanza in hand. */
  add({ view, session, direction, nowUsec }: Scene, charge: Charge): void {
    const { name, from, to, id, type } = view;
    const stanza = { name, from, to, id, type };
    this.#later.add({ session, direction, tsUsec: nowUsec, charge, stanza });
  }

  tick(nowUsec: number): void {
    if (!this.#later.isEmpty) this.#later.tick(nowUsec);
  }

  end(session: XmppSession): void {
    this.#later.end(session);
  }
}
