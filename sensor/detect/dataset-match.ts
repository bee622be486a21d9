/** What lists say of the values and addresses of a stanza, and what rules that fired do to lists. */
import { DIRECTION, type Direction } from '../core/index.ts';
import type { AddressQuery, Dataset, DatasetQuery } from '../rules/index.ts';
import type { FlowEndpoints } from './header-match.ts';

/** A question to a list, and the list. */
export interface ListQuery {
  readonly dataset: Dataset;
  readonly query: DatasetQuery;
}

/** The same about an address of the packet. */
export interface EndpointQuery {
  readonly dataset: Dataset;
  readonly query: AddressQuery;
}

/**
 * Does the query hold for `memory[start..end)`? `set` holds for a value that can be added, `unset`
 * for one that is there; the list changes only when the whole rule fires (`changeList`).
 */
export function holdsValue(
  { dataset, query }: ListQuery,
  memory: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (end <= start) return false;
  if (query.command === 'set') return dataset.isNew(memory, start, end);
  return isAnswer(query, dataset.lookup(memory, start, end));
}

/** Does the query hold for the packet's address? */
export function holdsAddress(
  { dataset, query }: EndpointQuery,
  flow: FlowEndpoints,
  direction: Direction,
): boolean {
  const words = addressOf(query, flow, direction);
  if (query.command === 'set') return dataset.isNewAddress(words);
  return isAnswer(query, dataset.lookupAddress(words));
}

/** `found` is what a lookup says: the reputation, -1 for what is not listed. */
function isAnswer({ command, reputation }: DatasetQuery, found: number): boolean {
  if (command === 'isnotset') return found < 0;
  if (found < 0) return false;
  switch (reputation?.operator) {
    case '<':
      return found < reputation.value;
    case '>':
      return found > reputation.value;
    case '==':
      return found === reputation.value;
    default:
      return true;
  }
}

/** The rule fired on this value: add it, or take it out. False when there was no room. */
export function changeList(
  { dataset, query }: ListQuery,
  memory: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (query.command === 'set') return dataset.learn(memory, start, end);
  if (query.command === 'unset') dataset.forget(memory, start, end);
  return true;
}

/** The same for an address. */
export function changeAddressList(
  { dataset, query }: EndpointQuery,
  flow: FlowEndpoints,
  direction: Direction,
): boolean {
  const words = addressOf(query, flow, direction);
  if (query.command === 'set') return dataset.learnAddress(words);
  if (query.command === 'unset') dataset.forgetAddress(words);
  return true;
}

/** Source and destination are those of the packet: they swap with the direction. */
function addressOf(
  { side }: AddressQuery,
  flow: FlowEndpoints,
  direction: Direction,
): ArrayLike<number> {
  const isClient = (side === 'src') === (direction === DIRECTION.toServer);
  return isClient ? flow.clientWords : flow.serverWords;
}
