/** Interface description blocks of pcapng: link type, name, and how its clock counts. */
import type { Window } from './capture-parser.ts';
import { TickScale } from './pcapng-time.ts';
import type { CaptureOrigin } from './types.ts';

export interface CaptureInterface {
  readonly linkType: number;
  /** 0 means unlimited. */
  readonly snaplen: number;
  readonly time: TickScale;
  readonly origin: CaptureOrigin;
}

const FIXED = 8;
const OPTION_HEADER = 4;
const OPTION_END = 0;
const OPTION_NAME = 2;
const OPTION_TS_RESOLUTION = 9;
const OPTION_TS_OFFSET = 14;

/** Names longer than this are cut: no system has them. */
const MAX_NAME = 255;

/** Reads the block's body `window.bytes[start .. end)`, at least 8 bytes long. */
export function readInterface(
  window: Window,
  start: number,
  end: number,
  isLittle: boolean,
  fileName: string,
): CaptureInterface {
  const { bytes, words } = window;
  let interfaceName = '';
  let resolution: number | undefined;
  let offsetSeconds = 0;
  for (let at = start + FIXED; end - at >= OPTION_HEADER;) {
    const code = words.getUint16(at, isLittle);
    const length = words.getUint16(at + 2, isLittle);
    const value = at + OPTION_HEADER;
    if (code === OPTION_END || value + length > end) break;
    if (code === OPTION_NAME) {
      const name = bytes.subarray(value, value + Math.min(length, MAX_NAME));
      interfaceName = new TextDecoder().decode(name).replace(/\0+$/, '');
    }
    if (code === OPTION_TS_RESOLUTION && length >= 1) resolution = bytes[value];
    if (code === OPTION_TS_OFFSET && length >= 8) {
      offsetSeconds = Number(words.getBigInt64(value, isLittle));
    }
    at = value + ((length + 3) & ~3);
  }
  return {
    linkType: words.getUint16(start, isLittle),
    snaplen: words.getUint32(start + 4, isLittle),
    time: new TickScale(resolution, offsetSeconds),
    origin: { interfaceName, fileName },
  };
}
