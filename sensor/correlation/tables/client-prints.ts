/**
 * What a client can be told by before it says what it is: how it writes its stream header (order of attributes,
 * quotes, spaces, what it leaves out). Programs do that in one way, whoever uses them; names in the header do not
 * count.
 */
import { bufferId } from '../../core/index.ts';
import type { XmppSession } from '../../xmpp/index.ts';
import { Key } from '../keys.ts';
import type { Scene } from '../scene.ts';
import { KINDS, type Learner } from '../types.ts';
import { ByFlow } from '../by-flow.ts';

const STREAM_HEADER = bufferId('xmpp.stream_header');
/** Longer headers are cut. */
const MAX_HEADER_BYTES = 1024;

export class ClientPrints implements Learner {
  readonly kinds = KINDS.header;
  /** By flow; the print of the first header stays. */
  readonly #prints = new ByFlow<Key>();
  readonly #decoder = new TextDecoder();

  learn(scene: Scene): void {
    const { flow } = scene.session;
    if (scene.direction !== 0 || this.#prints.get(flow) !== undefined) return;
    const region = scene.region(STREAM_HEADER);
    if (region < 0) return;
    const { regions, memory } = scene.view;
    const from = regions[3 * region + 1] as number;
    const length = Math.min(regions[3 * region + 2] as number, MAX_HEADER_BYTES);
    const header = this.#decoder.decode(memory.subarray(from, from + length));
    this.#prints.set(flow, new Key().ofText(outlineOf(header)));
  }

  sessionEnd({ flow }: XmppSession): void {
    this.#prints.delete(flow);
  }

  /** Undefined when the header was not seen. */
  of(flow: number): Key | undefined {
    return this.#prints.get(flow);
  }
}

/** The header without what stands in quotes; clients write `from` once they know who they are. */
function outlineOf(header: string): string {
  return header.replaceAll(/(["'])[^"']*\1/g, '$1$1').replace(/\sfrom=(?:""|'')/, '');
}
