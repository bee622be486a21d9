/**
 * `spim-stranger`: the first message of somebody the addressee never wrote to and has on no roster. Information: what
 * it is worth, the SPIM score weighs together with what else is odd about the message.
 */
import { eventId } from '../../core/index.ts';
import { bareJid } from '../../xmpp/index.ts';
import type { Scene } from '../scene.ts';
import { DEGREE } from '../tables/strangers.ts';
import { shown } from '../words.ts';
import type { WatchOptions } from './index.ts';
import type { Doorkeeper } from './spim-door.ts';

const STRANGER = eventId('spim.stranger');

export function watchStrangers({ tables }: WatchOptions): Doorkeeper {
  const { strangers } = tables;
  return {
    name: 'spim-stranger',
    kinds: 0,
    knock(scene: Scene, degree: number): void {
      if (degree !== DEGREE.stranger || !strangers.isFirstKnock(scene)) return;
      const from = bareJid(scene.view.from);
      const to = bareJid(scene.view.to);
      scene.raise(
        STRANGER,
        { key: from, contributors: [from, to] },
        { summary: `${shown(from)} wrote to ${shown(to)}, who does not know the sender` },
      );
    },
  };
}
