/**
 * XMPP straight over TCP (RFC 6120 section 3): the bytes of the flow are the bytes of the stream.
 */
import type { Direction } from '../core/index.ts';
import type { TransportHandler } from './types.ts';

/**
 * A way XMPP travels. A judged flow belongs to one; each unwraps what flow/ delivers into XML for
 * the handler.
 */
export interface Carrier {
  onData(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void;
  onGap(flow: number, direction: Direction, length: number): void;
}

export class PlainStream implements Carrier {
  readonly #handler: TransportHandler;

  constructor(handler: TransportHandler) {
    this.#handler = handler;
  }

  onData(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#handler.onXml(flow, direction, bytes, offset, length);
  }

  onGap(flow: number, direction: Direction, length: number): void {
    this.#handler.onXmlGap(flow, direction, length);
  }
}
