/** Contract of transport/: what xmpp/ and the pipeline hear of flows that speak XMPP. */
import type { Counters, Direction, LimitValues } from '../core/index.ts';
import type { FlowEndReason, FlowFacts } from '../flow/index.ts';

/** What a flow turned out to carry; 'failed' when that was not recognised (EVE's word). */
export type AppProto = 'xmpp' | 'tls' | 'failed';

/** What a client asked a SOCKS5 server for (RFC 1928 section 4). */
export interface SocksRequest {
  /** Authentication methods it offered (section 3); 0 is none. The one chosen when `isFromReply`. */
  readonly methods: readonly number[];
  /** 1 CONNECT, 2 BIND, 3 UDP ASSOCIATE; taken for CONNECT when `isFromReply`. */
  readonly command: number;
  /** 1 IPv4, 3 a name, 4 IPv6. */
  readonly addressType: number;
  /** The name in characters of Latin-1; '' for addresses. */
  readonly host: string;
  /** 0 when `isFromReply`: a reply names a port of the server. */
  readonly port: number;
  /** The request itself was not captured: this is what the server said in its reply (XEP-0065 has it repeat the name). */
  readonly isFromReply: boolean;
}

/** Content-Range: which part of a whole; `total` is -1 when not told. */
export interface HttpRange {
  readonly first: number;
  readonly last: number;
  readonly total: number;
}

/** Head of a request (RFC 9112). Text in characters of Latin-1, cut to 4,096 (target) or 1,024 characters; '' for none. */
export interface HttpRequest {
  /** Which request of the connection, counted from 1. */
  readonly number: number;
  readonly method: string;
  /** As written; of the absolute form only path and query. */
  readonly target: string;
  /** Name and port in lower case ('upload.example.org:5280'), ':80' when no port is written. */
  readonly host: string;
  /** As written, with parameters. */
  readonly contentType: string;
  /** Bytes of the body as sent, before decoding; -1 when not told. */
  readonly contentLength: number;
  readonly contentRange: HttpRange | undefined;
  /** In lower case. gzip and deflate are undone; of other codings no bytes are told. */
  readonly contentEncoding: string;
}

/** Head of a final response; interim ones (1xx) are not told. Text as in HttpRequest. */
export interface HttpResponse {
  /** Number of the request it answers. */
  readonly number: number;
  readonly status: number;
  readonly contentType: string;
  /** Bytes of the body as sent; -1 when not told. A response to HEAD tells it and has no body. */
  readonly contentLength: number;
  readonly contentRange: HttpRange | undefined;
  readonly contentDisposition: string;
  readonly contentEncoding: string;
}

/**
 * How far a handler wants to follow. false, of the first request: the connection is ignored for good; of a later
 * one: its exchange is skipped. 'skip': the exchange is skipped, the connection is read on.
 */
export type HttpInterest = boolean | 'skip';

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
  /**
   * A client asked a SOCKS5 server for something. True: what the connection carries is wanted; false: it is ignored.
   * Once a flow.
   */
  onSocks(flow: number, request: SocksRequest): boolean;
  /**
   * The server's answer (RFC 1928 section 6), 0 when granted. Behind onSocks that returned true, before bytes of the
   * server; not told when its opening was not captured.
   */
  onSocksReply?(flow: number, code: number): void;
  /**
   * What a SOCKS5 connection carries: bytes behind the request of the client (direction 0), behind method choice and
   * reply of the server (1). A client may send before the reply. In order, between onSocks and onClose.
   */
  onSocksData?(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void;
  /**
   * `length` bytes of what is carried are missing here. -1: it cannot be told where what is carried begins; nothing
   * more comes of this direction.
   */
  onSocksGap?(flow: number, direction: Direction, length: number): void;
  /** An HTTP request. A handler without this method wants none: connections of HTTP are then ignored. */
  onHttpRequest?(flow: number, request: HttpRequest): HttpInterest;
  /** The response to a request that was wanted. True: its body is wanted. */
  onHttpResponse?(flow: number, response: HttpResponse): boolean;
  /**
   * Bytes of the body of the latest wanted request (direction 0) or response (1), in order, free of transfer
   * codings, those of responses of content codings as well. The two directions may interleave.
   */
  onHttpBody?(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void;
  /**
   * Bytes of that body are missing here. -1: their number is not known, or all of the rest is missing (lost framing, a
   * coding not undone, several ranges in one body, a limit).
   */
  onHttpBodyGap?(flow: number, direction: Direction, length: number): void;
  /**
   * The body is over: once for every request and response that was wanted, also for those without a body, at the latest
   * before onClose. `isWhole`: its end was seen and nothing is missing.
   */
  onHttpBodyEnd?(flow: number, direction: Direction, isWhole: boolean): void;
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
