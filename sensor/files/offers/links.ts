/** Links in a text, found in its bytes: most texts have none, and to look must cost next to nothing. */
const MOST_LINKS = 8;
const MOST_TEXT_BYTES = 16_384;
const MOST_LINK_BYTES = 4096;
const [COLON, SLASH, SPACE, DELETE] = [0x3a, 0x2f, 0x20, 0x7f];
const decoder = new TextDecoder();
/** What ends a sentence or a bracket ends no link. */
const TRAIL = /[.,;:!?'")\]}>]+$/;

export function linksOf(memory: Uint8Array, offset: number, length: number): string[] {
  const links: string[] = [];
  const end = offset + Math.min(length, MOST_TEXT_BYTES);
  for (let at = offset + 1; at < end - 3 && links.length < MOST_LINKS; at++) {
    if (memory[at] !== COLON || memory[at + 1] !== SLASH || memory[at + 2] !== SLASH) continue;
    let start = at;
    while (start > offset && isLetter(memory[start - 1] as number)) start--;
    let stop = at + 3;
    while (stop < end && stop - start < MOST_LINK_BYTES && isOfLink(memory[stop] as number)) stop++;
    if (start < at) links.push(decoder.decode(memory.subarray(start, stop)).replace(TRAIL, ''));
    at = stop;
  }
  return links;
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

function isOfLink(byte: number): boolean {
  return byte > SPACE && byte !== DELETE && byte !== 0x3c && byte !== 0x3e && byte !== 0x22;
}
