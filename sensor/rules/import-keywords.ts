/** What each foreign keyword becomes; those not named here are left to the loader. */
import { splitPiece } from './draft.ts';
import type { KnownNames, OptionEditor } from './import-rule.ts';
import { MAX_SEVERITY, MIN_SEVERITY } from './classification.ts';
import type { Piece, RuleOption } from './rule-text.ts';

type Translator = (option: RuleOption, editor: OptionEditor, known: KnownNames) => void;

/** Keywords that say what to do with a match, or how to search, not what matches. */
const WITHOUT_MEANING: Readonly<Record<string, string>> = {
  rawbytes: 'the stream is always searched as it is',
  pkt_data: 'the stream is what a tcp rule searches',
  prefilter: 'the engine chooses what selects a rule',
  bypass: 'every flow is read to its end',
  tag: 'no packets are kept for an alert',
  session: 'no session is printed for an alert',
  logto: 'alerts go to the outputs of the sensor',
  resp: 'the sensor only listens',
  react: 'the sensor only listens',
};

/** Names of XMPP among application protocols. */
const OWN_PROTOCOLS: ReadonlySet<string> = new Set(['jabber', 'xmpp']);

const HTTP = /^(?:http[._]|http2\.|urilen$|uricontent$|file_data$|cookie$)/;
const OTHER_PROTOCOL =
  /^(?:dns|tls|ssl|ja[34]s?|ssh|smb|krb5|sip|sdp|snmp|rfb|mqtt|ike|quic|nfs|ftp|ftpdata|ftpbounce|smtp|email|dce|dcerpc|modbus|dnp3|enip|cip|dhcp|rdp|tftp|ldap|pgsql|websocket|mysql|rpc)(?:[._].*)?$/;
const PACKET: ReadonlySet<string> = new Set(
  `ack dsize flags fragbits fragoffset icmp_id icmp_seq icmpv4.hdr icmpv6.hdr icode id ip_proto
  ipopts ipv4.hdr ipv6.hdr itype pkt_num sameip seq stream_size tcp.ack tcp.flags tcp.hdr tcp.mss
  tcp.seq tcp.wscale tcp.window tos ttl udp.hdr window`.split(/\s+/),
);

/** Flags of pcre that name a part of HTTP. */
const HTTP_FLAGS = 'UIPQHDMCSYVWKNZ';

const TRANSLATORS: Readonly<Record<string, Translator>> = {
  flow: translateFlow,
  isdataat: translateIsDataAt,
  pcre: translatePcreFlags,
  fast_pattern: ({ name, value }, editor) => {
    // Anything but offset and length is a mistake of the rule, which the loader names.
    if (value === undefined || !/^\d+\s*,\s*\d+$/.test(value.text)) return;
    editor.replace(
      spanned(name, value),
      name.text,
      name.text,
      'the whole content is the fast pattern',
    );
  },
  classtype: (option, editor, known) => {
    const { value } = option;
    if (value === undefined || known.classtypes.has(value.text)) return;
    editor.drop(
      option,
      `classtype ${value.text} is not in classification.config: default severity`,
    );
  },
  reference: (option, editor, known) => {
    const type = option.value?.text.split(',', 1)[0]?.trim() ?? '';
    if (option.value?.text.includes(',') !== true || known.references.has(type.toLowerCase())) {
      return;
    }
    editor.drop(option, `reference type ${type} is not in reference.config: dropped`);
  },
  priority: ({ name, value }, editor) => {
    const priority = /^\d{1,9}$/.test(value?.text ?? '') ? Number(value?.text) : undefined;
    if (value === undefined || priority === undefined) return;
    const severity = Math.min(MAX_SEVERITY, Math.max(MIN_SEVERITY, priority));
    if (severity === priority) return;
    editor.replace(value, `${severity}`, name.text, `priority ${priority} became ${severity}`);
  },
  rev: ({ name, value }, editor) => {
    if (value?.text === '0') editor.replace(value, '1', name.text, 'revision 0 became 1');
  },
  'app-layer-protocol': (option, editor) => {
    const { name, value } = option;
    const protocol = value?.text.split(',', 1)[0]?.trim().toLowerCase() ?? '';
    if (OWN_PROTOCOLS.has(protocol)) {
      editor.drop(option, `${protocol} is the only protocol inspected`);
    } else {
      editor.refuse(
        (value ?? name).at,
        name.text,
        `Protocol ${protocol.slice(0, 64)} is not inspected`,
        'only flows that speak XMPP are',
      );
    }
  },
};

export function translateOption(option: RuleOption, known: KnownNames, editor: OptionEditor): void {
  const { name } = option;
  const keyword = name.text;
  if (Object.hasOwn(WITHOUT_MEANING, keyword)) {
    editor.drop(option, `dropped: ${WITHOUT_MEANING[keyword] ?? ''}`);
  } else if (Object.hasOwn(TRANSLATORS, keyword)) {
    TRANSLATORS[keyword]?.(option, editor, known);
  } else if (HTTP.test(keyword)) {
    editor.refuse(name.at, keyword, 'Keyword of HTTP', 'the sensor reads XMPP');
  } else if (OTHER_PROTOCOL.test(keyword)) {
    editor.refuse(name.at, keyword, 'Keyword of another protocol', 'the sensor reads XMPP');
  } else if (PACKET.has(keyword)) {
    const hint = 'rules are run on the reassembled stream';
    editor.refuse(name.at, keyword, 'Keyword asks about single packets', hint);
  }
}

/** From the start of `first` to the end of `last`, whatever stands between. */
function spanned(first: Piece, last: Piece): Piece {
  return { text: ' '.repeat(last.at + last.text.length - first.at), at: first.at };
}

function translateFlow(option: RuleOption, editor: OptionEditor): void {
  const { name, value } = option;
  if (value === undefined) return;
  const kept: string[] = [];
  let dropped = '';
  for (const word of splitPiece(value, ',')) {
    switch (word.text) {
      case 'no_frag':
        dropped = word.text;
        break;
      case 'not_established':
      case 'no_stream':
      case 'only_frag':
        editor.refuse(
          word.at,
          name.text,
          `flow:${word.text} can never match`,
          'rules are run on the stream of established connections',
        );
        break;
      default:
        kept.push(word.text);
    }
  }
  if (dropped === '') return;
  const message = `${dropped} dropped: streams are put together from fragments too`;
  if (kept.length === 0) editor.drop(option, message);
  else editor.replace(value, kept.join(','), name.text, message);
}

function translateIsDataAt({ name, value }: RuleOption, editor: OptionEditor): void {
  if (value === undefined) return;
  const words = splitPiece(value, ',').map(({ text }) => text);
  const kept = words.filter((word) => word !== 'rawbytes');
  if (kept.length === words.length) return;
  editor.replace(value, kept.join(','), name.text, 'rawbytes dropped: the stream is as it is');
}

/** Flags behind the last slash: those that only matter to a backtracking engine go. */
function translatePcreFlags({ name, value }: RuleOption, editor: OptionEditor): void {
  const match = /^(!?\s*")(\/.*\/)([a-zA-Z]*)"$/s.exec(value?.text ?? '');
  if (value === undefined || match === null) return;
  const [, open = '', body = '', flags = ''] = match;
  const flagsAt = value.at + open.length + body.length;
  let kept = '';
  let expression = body;
  const notes: string[] = [];
  Array.from(flags).forEach((flag, i) => {
    if (HTTP_FLAGS.includes(flag)) {
      editor.refuse(flagsAt + i, name.text, `pcre flag ${flag} names a part of HTTP`);
    } else if (flag === 'B') notes.push('flag B: the stream is as it is');
    else if (flag === 'O') notes.push('flag O: matching needs no limit here');
    else if (flag === 'G') notes.push('flag G: every match is found, the short and the long');
    else if (flag === 'E' && !/\$/.test(body)) notes.push('flag E: the expression has no $');
    else if (flag === 'A') {
      expression = `/^(?:${expression.slice(1, -1)})/`;
      notes.push('flag A became ^');
    } else kept += flag;
  });
  if (notes.length === 0) return;
  editor.replace(value, `${open}${expression}${kept}"`, name.text, notes.join('; '));
}
