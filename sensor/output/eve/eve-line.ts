/** One record as one line of JSON that is safe to print. */
import { printableJson } from '../printable-json.ts';
import { eveEvent, type EveRecord } from './eve-event.ts';

/** The line without its newline. */
export function eveLine(entry: EveRecord): string {
  return printableJson(eveEvent(entry));
}
