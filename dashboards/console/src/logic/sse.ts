/** Server-sent events (WHATWG HTML section 9.2) from text that comes in pieces. */

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** Longest line that is read; a longer one is not of our server. */
const MAX_BUFFER = 1_048_576;

/** Holds what came since the last complete event. Comments and unknown fields are skipped. */
export class EventReader {
  #rest = '';

  /** Events that are complete with this piece. Throws RangeError when one grows without end. */
  push(piece: string): ServerEvent[] {
    this.#rest = (this.#rest + piece).replaceAll('\r\n', '\n');
    const blocks = this.#rest.split('\n\n');
    this.#rest = blocks.pop() ?? '';
    if (this.#rest.length > MAX_BUFFER) throw new RangeError('An event has no end');
    return blocks.flatMap((block) => parse(block));
  }
}

function parse(block: string): ServerEvent[] {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /, '');
    const field = line.slice(0, colon);
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  return data.length === 0 ? [] : [{ event, data: data.join('\n') }];
}
