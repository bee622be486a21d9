/** The roads of files that stand in a stanza whole: they share what decodes and what judges the place. */
import type { Watch } from '../../correlation/index.ts';
import type { RoadOptions } from '../watches.ts';
import { AvatarRoad } from './avatar.ts';
import { BobRoad } from './bob.ts';
import { CarriedFiles } from './carried.ts';
import { CarrierGuard } from './carrier-guard.ts';
import { InlineRoad } from './inline.ts';

export function watchCarried(options: RoadOptions): Watch[] {
  const carried = new CarriedFiles(options);
  const guard = new CarrierGuard(options);
  const bob = new BobRoad(options, carried, guard);
  const avatars = new AvatarRoad(carried, guard);
  const inline = new InlineRoad(options, carried, guard, bob);
  return [bob.watch(), ...avatars.watches(), inline.watch()];
}
