/** Exports of the tokenizer: what sensor/xml/tokenizer.ts drives. */
export { addInterned, setSeed } from './intern';
export { setWellKnown } from './namespaces';
export {
  bytesFed,
  closeHalf,
  feed,
  gap,
  openElementBytes,
  openHalf,
  restart,
  setUp,
  stop,
} from './feed';
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
