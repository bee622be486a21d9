/** Contract of transport/: what xmpp/ and the pipeline hear of flows that speak XMPP. */
import type { Counters, Direction, LimitValues } from '../core/index.ts';
import type { SocksRequest } from './socks.ts';
import type { FlowEndReason, FlowFacts } from '../flow/index.ts';

/** What a flow turned out to carry; 'failed' when that was not recognised (EVE's word). */
export type AppProto = 'xmpp' | 'tls' | 'failed';

/**
 * Callbacks of the transport. Bytes are borrowed for the call. Of the transport a callback may call
 * setEncrypted() and stopReading(), nothing else.
 */
export interface TransportHandler {
  /** A connection to a stream port began (not one picked up in its middle), whatever it will carry. */
  onConnect?(flow: number): void;
  /**
   * The flow speaks XMPP; its bytes follow, from the first one captured, both directions in the
   * order of their arrival. `midstream`: a half may begin anywhere inside a stream.
   */
  onXmppOpen(flow: number, midstream: boolean): void;
  /** Bytes of the XML stream of one direction. Only between onXmppOpen and onClose. */
  onXml(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void;
  /**
   * First bytes behind STARTTLS, until stopReading(), at most some KiB. A handler without this method never sees
   * them. Those in the segment of `<proceed/>` itself came with onXml.
   */
  onNextLayer?(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void;
  /** `length` bytes of the XML stream are missing here. Only between onXmppOpen and onClose. */
  onXmlGap(flow: number, direction: Direction, length: number): void;
  /**
   * An event of the catalogue on a flow. Stream-layer events of flows that do not speak XMPP are
   * kept back; those of transport/ and of the sensor itself come for any flow.
   */
  onFlowEvent(flow: number, direction: Direction, event: number): void;
  /** A client asked a SOCKS5 server for something; what the connection then carries is not read. */
  onSocks(flow: number, request: SocksRequest): void;
  /** The end of a flow, whatever it carried. */
  onClose(flow: number, reason: FlowEndReason, appProto: AppProto): void;
}

export interface TransportOptions {
  readonly handler: TransportHandler;
  readonly flows: FlowFacts;
  readonly counters: Counters;
  readonly limits: LimitValues;
  /** Ports where XMPP streams are expected; STREAM_PORTS unless told. */
  readonly streamPorts?: readonly number[];
}
