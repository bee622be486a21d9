/** All keywords this version understands, and the words of the field it knows but refuses. */
import { nearest } from '../../core/index.ts';
import type { Keyword, KeywordTable } from '../draft.ts';
import { RuleError } from '../problems.ts';
import type { Piece } from '../rule-text.ts';
import { CHECK_KEYWORDS } from './checks.ts';
import { LIST_KEYWORDS } from './lists.ts';
import { MATCH_KEYWORDS } from './match.ts';
import { META_KEYWORDS } from './meta.ts';
import { PCRE_KEYWORDS } from './pcre.ts';
import { BIT_KEYWORDS } from './state-bits.ts';
import { RATE_KEYWORDS } from './state-rates.ts';

export const KEYWORDS: KeywordTable = {
  ...META_KEYWORDS,
  ...MATCH_KEYWORDS,
  ...PCRE_KEYWORDS,
  ...CHECK_KEYWORDS,
  ...LIST_KEYWORDS,
  ...BIT_KEYWORDS,
  ...RATE_KEYWORDS,
};

/** Keywords of Suricata and Snort 2, and buffers of ours to come: known, so refused by name. */
const KNOWN: ReadonlySet<string> = new Set(
  `absent ack app-layer-protocol asn1 base64_data base64_decode bypass byte_extract byte_jump
  byte_math byte_test config content-list datajson dce_iface dce_opnum
  decode-event dns.query dnp3_data dotprefix dsize engine-event entropy
  file.name file.sha1 file_data fileext filemagic
  filemd5 filename filesha1 filesha256 filesize filestore flags flow.age flow.bytes flow.pkts
  flowint fragbits fragoffset from_base64 from_client ftpbounce geoip header_lowercase
  hostbits http.accept http.connection http.content_type http.cookie http.header
  http.header_names http.host http.method http.protocol http.referer http.request_body
  http.request_header http.request_line http.response_body http.response_header
  http.response_line http.server http.stat_code http.stat_msg http.start http.uri
  http.uri.raw http.user_agent http_client_body http_cookie http_header http_host http_method
  http_raw_header http_raw_uri http_server_body http_stat_code http_stat_msg http_uri
  http_user_agent icmp_id icmp_seq icode id ip_proto ipopts ipv4.hdr ipv6.hdr iprep itype
  ja3.hash ja3s.hash lua luaxform nfq_set_mark packet_data pcrexform pkt_data pkt_num prefilter
  rawbytes replace rpc rule.vars sameip seq sip.method snmp.community ssh.proto ssl_state
  ssl_version stream stream_size strip_whitespace compress_whitespace tag tcp.ack tcp.flags
  tcp.hdr tcp.mss tcp.seq tls.cert_subject tls.sni tls_sni to_lowercase to_md5 to_server
  to_sha1 to_sha256 to_uppercase tos ttl udp.hdr uricontent url_decode urilen vlan.id window
  within_packet xor`.split(/\s+/),
);

export function isKeyword(name: string): boolean {
  return Object.hasOwn(KEYWORDS, name);
}

/** Looks a keyword up; throws with the reason when there is none. */
export function findKeyword(name: Piece): Keyword {
  if (isKeyword(name.text)) return KEYWORDS[name.text] as Keyword;
  if (KNOWN.has(name.text)) {
    throw new RuleError(name.at, `Keyword ${name.text} is not supported yet`);
  }
  const guess = nearest(name.text, Object.keys(KEYWORDS));
  throw new RuleError(
    name.at,
    `Keyword ${name.text.slice(0, 64)} is unknown`,
    guess === undefined ? undefined : `did you mean ${guess}?`,
  );
}
