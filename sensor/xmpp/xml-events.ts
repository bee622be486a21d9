/** What becomes of an xml.* or utf8.* event of the tokenizer before detection hears of it. */
import { EVENTS, eventId, findEventId } from '../core/index.ts';

/**
 * Events that tell of sizes and limits. They hold for any element that was read from its start; all
 * others are judgements of well-formedness and need every byte of the half (gap gate).
 */
const FREE_OF_GATE = /^xml\.(depth_|stanza_|attr_|name_size$|xmlns_count$|ws_|tape_full$|resync$)/;

/** Events a stream restart causes when its cause, in the other half, was captured later. */
const RESTART_NAMES = [
  'xml.decl_repeated',
  'xml.decl_midstream',
  'xml.bom',
  'xml.second_root',
  'xml.text_outside_root',
];

const free = new Uint8Array(EVENTS.length);
const restart = new Uint8Array(EVENTS.length);
EVENTS.forEach((info, id) => {
  if (FREE_OF_GATE.test(info.name)) free[id] = 1;
});
for (const name of RESTART_NAMES) {
  const id = findEventId(name);
  if (id !== undefined) restart[id] = 1;
}

export const DEPTH_32 = eventId('xml.depth_32');
export const STANZA_64K = eventId('xml.stanza_64k');
export const DTD = eventId('xml.dtd');
export const STANZA_1M = eventId('xml.stanza_1m');

/** Does this event need a half of which every byte was seen? */
export function needsEveryByte(event: number): boolean {
  return free[event] === 0;
}

/** Could a restart the sensor has not heard of yet explain it? */
export function mayBeRestart(event: number): boolean {
  return restart[event] === 1;
}
