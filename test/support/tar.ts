/** Reads the regular files of a tar archive (ustar), enough for the corpora under shared data. */

export interface TarFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const BLOCK = 512;

export function readTar(archive: Uint8Array): TarFile[] {
  const files: TarFile[] = [];
  const text = new TextDecoder('latin1');
  for (let at = 0; at + BLOCK <= archive.length;) {
    const field = (from: number, length: number): string =>
      text.decode(archive.subarray(at + from, at + from + length)).replace(/\0.*$/s, '');
    const name = field(0, 100);
    if (name === '') break;
    const size = parseInt(field(124, 12).trim(), 8);
    const kind = field(156, 1);
    const from = at + BLOCK;
    if (kind === '0' || kind === '')
      files.push({ name, bytes: archive.subarray(from, from + size) });
    at = from + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
