/** An element reader with a tokenizer of its own, for tests of the parts that work in its memory. */
import { defaultLimits } from '../../sensor/core/index.ts';
import { createTokenizer } from '../../sensor/xml/index.ts';
import { ElementReader } from '../../sensor/xmpp/element-reader.ts';

export interface TestReader {
  readonly reader: ElementReader;
  readonly memory: Uint8Array;
  /** Free space in `memory` that tests may write to, and its end. */
  readonly free: number;
  readonly end: number;
}

export function testReader(maxRegions = 64): TestReader {
  const limits = { ...defaultLimits(), flowTableFlows: 64, xmlSlots: 2 };
  const tokenizer = createTokenizer(limits, {
    streamHeader: () => undefined,
    element: () => undefined,
    streamEnd: () => undefined,
    event: () => undefined,
  });
  const reader = new ElementReader(tokenizer, maxRegions);
  const end = tokenizer.scratchOffset + tokenizer.scratchLength;
  return { reader, memory: tokenizer.memory, free: reader.end, end };
}
