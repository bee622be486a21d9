/**
 * What the bytes captured of one half so far say about its protocol. Pure; run until the flow is
 * judged.
 */
import { isHttpRequest, startsRequest } from './http-start.ts';
import { isSocksAnswer, isSocksGreeting } from './socks.ts';
import { plainText } from './plain-text.ts';
import { hasWholeRecord, isTlsHello, isTlsRecord, mayBecomeTlsHello } from './tls-record.ts';
import { VERDICT, type Verdict } from './verdict.ts';
import { judgeXmlMiddle } from './xml-middle.ts';
import { judgeXmlStart } from './xml-start.ts';

/** Bytes that tell encoding and protocol apart. */
const ENOUGH_TO_TELL = 4;

/** How to look at a half. Reused: filled anew for every call. */
export interface HalfContext {
  /** The half of the client. */
  isClient: boolean;
  /** The first byte is the first of the half; else anything may have come before. */
  isStart: boolean;
  /** XMPP streams are expected on the flow's server port. */
  isStreamPort: boolean;
  /** No more bytes will be waited for. */
  isFinal: boolean;
  /** Where the latest segment begins, from the first byte. */
  chunkStart: number;
}

export function judgeHalf(
  bytes: Uint8Array,
  offset: number,
  length: number,
  context: HalfContext,
): Verdict {
  return context.isStart
    ? judgeStart(bytes, offset, length, context)
    : judgeMiddle(bytes, offset, length, context);
}

function judgeStart(
  bytes: Uint8Array,
  offset: number,
  length: number,
  context: HalfContext,
): Verdict {
  const { isStreamPort, isFinal } = context;
  if (isTlsHello(bytes, offset, length)) {
    // Elsewhere than on a port of XMPP the whole hello is wanted: it may name XMPP (XEP-0368).
    const isEnough = isStreamPort || isFinal || hasWholeRecord(bytes, offset, length);
    return isEnough ? VERDICT.tls : VERDICT.more;
  }
  if (mayBecomeTlsHello(bytes, offset, length)) return more(isFinal);
  const isSocks = context.isClient
    ? isSocksGreeting(bytes, offset, length)
    : isSocksAnswer(bytes, offset, length);
  if (isSocks !== false) return isSocks === true ? VERDICT.socks : more(isFinal);
  // On ports of streams HTTP is as alien as anything else: nothing is waited for.
  if (context.isClient && !isStreamPort) {
    const isHttp = isHttpRequest(bytes, offset, length);
    if (isHttp !== false) return isHttp === true ? VERDICT.http : more(isFinal);
  }
  if (!mayBeginXml(bytes[offset] as number)) return VERDICT.other;
  if (length < ENOUGH_TO_TELL && !isFinal) return VERDICT.more;
  return judgeXmlStart(plainText(bytes, offset, length), isStreamPort, isFinal);
}

function more(isFinal: boolean): Verdict {
  return isFinal ? VERDICT.other : VERDICT.more;
}

function judgeMiddle(
  bytes: Uint8Array,
  offset: number,
  length: number,
  context: HalfContext,
): Verdict {
  if (isTlsRecord(bytes, offset, length)) return VERDICT.tls;
  if (context.isClient && startsRequest(bytes, offset, length)) return VERDICT.http;
  if (length < ENOUGH_TO_TELL && !context.isFinal) return VERDICT.more;
  const text = plainText(bytes, offset, length);
  // A header right where the capture begins: then namespaces must say so, a name may be inside a
  // stanza.
  if (judgeXmlStart(text, false, false) === VERDICT.xmpp) return VERDICT.xmpp;
  const { chunkStart, isStreamPort, isFinal } = context;
  return judgeXmlMiddle(text, chunkStart, isStreamPort, isFinal);
}

/** White space, '<', the first byte of a byte order mark, or a zero of UTF-16 and UTF-32. */
function mayBeginXml(byte: number): boolean {
  switch (byte) {
    case 0x3c:
    case 0x20:
    case 0x0a:
    case 0x0d:
    case 0x09:
    case 0xef:
    case 0xfe:
    case 0xff:
    case 0x00:
      return true;
    default:
      return false;
  }
}
