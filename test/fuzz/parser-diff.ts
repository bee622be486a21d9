/**
 * Odd stanzas made of what readers trip over, cut at random: the two readers never throw, what they disagree about does
 * not depend on the cuts, and the second reading stays within what it may cost.
 */
import { CorrelationLab, logIn, type Raised } from '../support/correlation-lab.ts';

export const name = 'parser-diff';

const LIMITS = { flowTableFlows: 64, xmlSlots: 4 };
/** Streams a lab takes before it is replaced: it keeps what was raised. */
const STREAMS_A_LAB = 24;

const ATOMS: readonly (string | readonly number[])[] = [
  "<message to='bob@corp.example'>",
  "<message to='bob@corp.example' to='carol@corp.example' id='1'>",
  "<iq type='set' id='2' from='a@b'>",
  '<presence/>',
  '</message>',
  '</iq>',
  '<body>',
  '</body>',
  "<x xmlns='urn:x'>",
  '</x>',
  "<?xml version='1.0'?>",
  '<?pi a?>',
  '<!-- - -- -->',
  '<![CDATA[</message>]]>',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '<!',
  '&amp;',
  '&foo;',
  '&constructor;',
  '&#60;',
  '&#0;',
  '&',
  "<a b='c' b='d' hasOwnProperty __proto__='e'/>",
  '<a b=c>',
  '<a:b/>',
  '<script>',
  '<stream:stream>',
  '</stream:stream>',
  "to='",
  "'",
  '>',
  '<',
  ' ',
  '\n',
  'text',
  'ж',
  '😀',
  [0xeb],
  [0xf0],
  [0xc3],
  [0xfc],
  [0x80],
  [0x01],
  [0xc0, 0xbc],
  [0xe0, 0x80, 0xbc],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
];

export function fuzz(random: () => number, isOver: () => boolean): { runs: number } {
  let runs = 0;
  let labs = makeLabs();
  while (!isOver()) {
    if (runs % STREAMS_A_LAB === STREAMS_A_LAB - 1) labs = makeLabs();
    const bytes = oddStream(random);
    const size = 1 + Math.floor(random() * random() * 80);
    const whole = play(labs.whole, bytes, bytes.length);
    const cut = play(labs.cut, bytes, size);
    if (whole !== cut) {
      throw new Error(
        `pieces of ${size} change what is told\n${whole}\n${cut}\n${Buffer.from(bytes).toString('base64')}`,
      );
    }
    runs++;
  }
  return { runs };
}

function makeLabs(): { readonly whole: CorrelationLab; readonly cut: CorrelationLab } {
  return {
    whole: new CorrelationLab({ limits: LIMITS }),
    cut: new CorrelationLab({ limits: LIMITS }),
  };
}

function oddStream(random: () => number): Uint8Array {
  const parts: Uint8Array[] = [];
  const count = 1 + Math.floor(random() * 24);
  for (let i = 0; i < count; i++) {
    const atom = ATOMS[Math.floor(random() * ATOMS.length)] ?? '';
    const bytes = typeof atom === 'string' ? Buffer.from(atom) : Uint8Array.from(atom);
    const times = random() < 0.02 ? 1 + Math.floor(random() * 300) : 1;
    for (let n = 0; n < times; n++) parts.push(bytes);
  }
  parts.push(
    Buffer.from("</body></message><message to='bob@corp.example'><body>x</body></message>"),
  );
  return Buffer.concat(parts);
}

/** What correlation/ told of the two readings, in order. */
function play(lab: CorrelationLab, bytes: Uint8Array, size: number): string {
  const from = lab.raised.length;
  const flow = lab.flow();
  logIn(flow, 'mallory');
  for (let at = 0; at < bytes.length; at += size) flow.c(bytes.subarray(at, at + size));
  flow.close();
  return lab.raised
    .slice(from)
    .filter(({ event }) => event.startsWith('xml.parser_diff'))
    .map(described)
    .join('\n');
}

function described({ event, context }: Raised): string {
  return `${event} ${String(context['difference'])} ${String(context['strict'])} / ${String(context['loose'])}`;
}
