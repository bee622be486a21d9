/** The bits of a rule, for one firing: do its tests hold, and what does it leave behind? */
import type { BitTest, Rule } from '../rules/index.ts';
import type { BitTable } from './bit-table.ts';
import type { Occasion } from './occasion.ts';
import { bitOwner } from './tracks.ts';

/**
 * Outside a flow no test of flowbits holds, isnotset neither, as in Suricata. A bit of someone who is
 * not known is not set.
 */
export function bitsHold({ bitTests }: Rule, bits: BitTable, occasion: Occasion): boolean {
  for (const test of bitTests) if (!holds(test, bits, occasion)) return false;
  return true;
}

/** Done for every rule that matches, whether anybody is told or not. */
export function changeBits({ bitChanges }: Rule, bits: BitTable, occasion: Occasion): void {
  for (const { track, name, action, expireSeconds } of bitChanges) {
    if (track === 'flow') {
      if (occasion.flow >= 0) bits.changeFlowBit(occasion.flow, name, action);
    } else {
      const owner = bitOwner(track, occasion);
      if (owner === undefined) continue;
      bits.changeXbit(`${track} ${name} ${owner}`, action, expireSeconds, occasion.tsUsec);
    }
  }
}

function holds({ track, names, wantsSet }: BitTest, bits: BitTable, occasion: Occasion): boolean {
  if (track === 'flow') {
    const { flow } = occasion;
    return flow >= 0 && names.some((name) => bits.hasFlowBit(flow, name) === wantsSet);
  }
  const owner = bitOwner(track, occasion);
  if (owner === undefined) return !wantsSet;
  return names.some(
    (name) => bits.hasXbit(`${track} ${name} ${owner}`, occasion.tsUsec) === wantsSet,
  );
}
