/**
 * Files of any bytes through the inspector with its thread, as a replay uses it: every job is answered, the thread
 * never fails, what it answers holds.
 */
import { Counters, defaultLimits } from '../../sensor/core/index.ts';
import { createInspector } from '../../sensor/files/inspector/inspector.ts';
import type { Inspection } from '../../sensor/files/types.ts';
import { fileSamples } from '../support/file-samples.ts';
import { checkInspection } from '../support/inspections.ts';

export const name = 'inspector';

const LIMITS = {
  ...defaultLimits(),
  filesUnpackedBytes: 4 * 1024 * 1024,
  filesMembers: 64,
  // A busy machine is no hostile file.
  filesInspectSeconds: 600,
};

export function fuzz(random: () => number, isOver: () => boolean): { runs: number } {
  const samples = Object.values(fileSamples());
  const inspector = createInspector({ mode: 'wait', limits: LIMITS, counters: new Counters() });
  const pick = (): Uint8Array =>
    samples[Math.floor(random() * samples.length)] ?? new Uint8Array(0);
  let runs = 0;
  try {
    while (!isOver()) {
      runs++;
      const bytes = mutate(pick(), pick(), random);
      const { length } = bytes;
      let answer: Inspection | undefined;
      inspector.inspect({ name: '', mime: '', bytes, isWhole: random() < 0.7 }, (inspection) => {
        answer = inspection;
      });
      if (answer === undefined) throw new Error('a file had no answer');
      checkInspection(answer, length, LIMITS);
    }
  } finally {
    inspector.close();
  }
  return { runs };
}

/** Changed bytes, repeated and cut pieces, another sample inside or behind. */
function mutate(sample: Uint8Array, other: Uint8Array, random: () => number): Uint8Array {
  const at = (length: number): number => Math.floor(random() * (length + 1));
  let bytes = Buffer.from(sample);
  const changes = Math.floor(random() * 8);
  for (let i = 0; i < changes && bytes.length > 0; i++) {
    const place = at(bytes.length - 1);
    switch (Math.floor(random() * 6)) {
      case 0:
        bytes[place] = Math.floor(random() * 256);
        break;
      case 1:
        bytes[place] = random() < 0.5 ? 0xff : 0;
        break;
      case 2:
        bytes = bytes.subarray(0, place);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, place), other, bytes.subarray(place)]);
        break;
      case 4: {
        const piece = bytes.subarray(place, place + at(64));
        bytes = Buffer.concat([bytes, ...Array<Buffer>(at(20)).fill(piece)]);
        break;
      }
      default:
        if (place + 4 <= bytes.length) bytes.writeUInt32LE(Math.floor(random() * 2 ** 32), place);
    }
  }
  return new Uint8Array(bytes);
}
