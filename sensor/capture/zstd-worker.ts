/** Worker thread: decompresses what zstd-decoder.ts sends, one piece of a frame at a time. */
import { Decompress } from 'fzstd';
import { parentPort } from 'node:worker_threads';
import { errorText } from '../core/index.ts';
import type { ZstdAnswer, ZstdPiece } from './zstd-decoder.ts';

let decompress = new Decompress();
let output: Uint8Array<ArrayBuffer>[] = [];

function collect(data: Uint8Array): void {
  if (data.length > 0) output.push(data as Uint8Array<ArrayBuffer>);
}

parentPort?.on('message', ({ bytes, isFirst, isLast }: ZstdPiece) => {
  output = [];
  let error: string | undefined;
  try {
    if (isFirst) decompress = new Decompress(collect);
    decompress.push(bytes, isLast);
  } catch (thrown) {
    error = errorText(thrown);
  }
  const answer: ZstdAnswer = { output, error };
  parentPort?.postMessage(
    answer,
    output.map(({ buffer }) => buffer),
  );
});
