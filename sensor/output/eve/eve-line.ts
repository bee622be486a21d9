/** One record as one line of JSON that is safe to print. */
import { printableJson } from '../printable-json.ts';
import type { StoredAlert } from '../../core/index.ts';
import { eveEvent, type EveRecord } from './eve-event.ts';
import { storedAlertEvent } from './stored-alert-event.ts';

/** The line without its newline. */
export function eveLine(entry: EveRecord): string {
  return printableJson(eveEvent(entry));
}

/** The same line for an alert of the store. */
export function storedAlertLine(alert: StoredAlert): string {
  return printableJson(storedAlertEvent(alert));
}
