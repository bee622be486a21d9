/** Exports of the tokenizer: what sensor/xml/tokenizer.ts drives. */
export { addInterned, setSeed } from './intern';
export { setWellKnown, watch } from './namespaces';
export { feed, recover } from './feed';
export {
  bytesFed,
  closeHalf,
  gap,
  openElementBytes,
  openHalf,
  restart,
  setUp,
  stop,
} from './halves';
export { layOut } from './layout';

import { report, scratch, staging } from './layout';

export function reportAddress(): usize {
  return report;
}
export function stagingAddress(): usize {
  return staging;
}
export function scratchAddress(): usize {
  return scratch;
}
