/** Exports of the stanza reader: what sensor/xmpp/element-reader.ts drives. */
export { readJid } from './jid';
export { hashBytes, hashJid } from './keys';
export { setSpace, tableAddress } from './layout';
export { read } from './read';
export { relate } from './relation';

import { setUpJids } from './jid';
import { layOut as layOutTables } from './layout';

/** Lays out the tables (layout.ts) and fills those that are known here. Returns their end. */
export function layOut(base: usize, spaces: i32, names: i32, regions: i32, spare: i32): usize {
  const end = layOutTables(base, spaces, names, regions, spare);
  setUpJids();
  return end;
}
