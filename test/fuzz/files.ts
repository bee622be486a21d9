/**
 * Conversations full of in-band data, bits of binary, pictures and base64, sound and unsound, on several legs with holes:
 * nothing throws, nothing stays in memory, what is told does not depend on the cuts, and what is told as whole has the
 * hash of its bytes.
 */
import { createHash } from 'node:crypto';
import { logIn } from '../support/correlation-lab.ts';
import { FilesLab } from '../support/ledger-lab.ts';

export const name = 'files';

const LIMITS = {
  flowTableFlows: 64,
  xmlSlots: 4,
  filesOpen: 3,
  filesContentBytes: 20_000,
  filesMemoryBytes: 65_536,
  filesIbbStreams: 4,
  filesIbbHeldBytes: 300,
  filesRecent: 8,
};
/** Conversations a lab takes before it is replaced: it keeps what was told. */
const TALKS_A_LAB = 24;
const PEOPLE = ['alice', 'bob', 'Alice', 'zoë'];
const SIDS = ['s1', 's2', '', 's&amp;1'];
const HEADS = ['', 'MZ\x90\0', 'PK\x03\x04', '\x89PNG\r\n', '%PDF-1.4\n', 'plain text, '];
const ODD = [
  '',
  '=',
  '$',
  'QQ==QQ==',
  ' Q U J D ',
  'Q',
  '<x/>',
  '\u00e4',
  '&#65;AAA',
  '<![CDATA[QUJD]]>',
];
const ODD_NUMBERS = ['', '-1', '65535', '65536', 'x', '1e3', '007', '99999999999'];

type Pick = <T>(from: readonly T[]) => T;

/** One thing that happens on one of the flows. */
interface Act {
  readonly flow: number;
  readonly isServer: boolean;
  /** Lost bytes in place of something said. */
  readonly gap: number;
  readonly text: string;
}

export function fuzz(random: () => number, isOver: () => boolean): { runs: number } {
  let runs = 0;
  let labs = makeLabs(random);
  while (!isOver()) {
    if (runs % TALKS_A_LAB === TALKS_A_LAB - 1) labs = makeLabs(random);
    const acts = talk(random);
    const whole = play(labs.whole, acts);
    const cut = play(labs.cut, acts);
    if (whole !== cut) {
      throw new Error(
        `pieces of ${labs.pieceBytes} change what is told\n${whole}\n${cut}\n${JSON.stringify(acts)}`,
      );
    }
    runs++;
  }
  return { runs };
}

interface Labs {
  readonly pieceBytes: number;
  readonly whole: FilesLab;
  readonly cut: FilesLab;
}

function makeLabs(random: () => number): Labs {
  const pieceBytes = 1 + Math.floor(random() * random() * 900);
  return {
    pieceBytes,
    whole: new FilesLab({ limits: LIMITS }),
    cut: new FilesLab({ limits: LIMITS, pieceBytes }),
  };
}

function talk(random: () => number): Act[] {
  const pick: Pick = (from) => from[Math.floor(random() * from.length)] as (typeof from)[number];
  const acts: Act[] = [];
  const count = 3 + Math.floor(random() * 40);
  // A stream that goes its way among the noise.
  let seq = 0;
  for (let i = 0; i < count; i++) {
    const flow = Math.floor(random() * 3);
    const isServer = random() < 0.4;
    const gap = random() < 0.06 ? 1 + Math.floor(random() * 300) : 0;
    const text = random() < 0.5 ? block(random, pick, seq++) : stanza(random, pick);
    acts.push({ flow, isServer, gap, text });
    // The same on another leg.
    if (random() < 0.4) acts.push({ flow: (flow + 1) % 3, isServer: !isServer, gap: 0, text });
  }
  return acts;
}

function jid(pick: Pick): string {
  return `${pick(PEOPLE)}@corp.example/${pick(['desk', 'x'])}`;
}

function block(random: () => number, pick: Pick, seq: number): string {
  const from = pick(['alice', 'Alice']);
  const data = base64(random, pick, 1 + Math.floor(random() * 90));
  return `<iq type='set' id='d${seq}' from='${from}@corp.example/desk' to='bob@corp.example/x'><data xmlns='http://jabber.org/protocol/ibb' sid='s1' seq='${seq}'>${data}</data></iq>`;
}

function base64(random: () => number, pick: Pick, size: number): string {
  const bytes = Buffer.alloc(size, Math.floor(random() * 256));
  const text = Buffer.concat([Buffer.from(pick(HEADS), 'latin1'), bytes]).toString('base64');
  return random() < 0.15 ? text + pick(ODD) : text;
}

function stanza(random: () => number, pick: Pick): string {
  const ibb = "xmlns='http://jabber.org/protocol/ibb'";
  const sid = pick(SIDS);
  const type = pick(['set', 'set', 'result', 'error']);
  const parties = `from='${jid(pick)}' to='${jid(pick)}'`;
  const iq = (what: string): string =>
    `<iq type='${type}' id='${pick(['a', 'b', 'd1', 'd2'])}' ${parties}>${what}</iq>`;
  const long = (): string => base64(random, pick, Math.floor(random() * 2500));
  switch (Math.floor(random() * 10)) {
    case 0:
      return iq(`<open ${ibb} sid='${sid}' block-size='${pick(ODD_NUMBERS)}'/>`);
    case 1:
      return iq(`<close ${ibb} sid='${sid}'/>`);
    case 2:
      return iq(`<data ${ibb} sid='${sid}' seq='${pick(ODD_NUMBERS)}'>${long()}</data>`);
    case 3:
      return `<message ${parties}><data ${ibb} sid='s1' seq='${Math.floor(random() * 70)}'>${base64(random, pick, 40)}</data></message>`;
    case 4:
      return `<message ${parties}><data xmlns='urn:xmpp:bob' cid='sha1+${'ab'.repeat(20)}@bob.xmpp.org' type='image/png'>${long()}</data></message>`;
    case 5: {
      const property = pick(['PHOTO', 'SOUND', 'NOTE']);
      const value = `<${property}><BINVAL>${long()}</BINVAL></${property}>`;
      return iq(`<vCard xmlns='vcard-temp'>${value}${random() < 0.9 ? '</vCard>' : '</x>'}`);
    }
    case 6:
      return iq(
        `<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n'><item id='${'cd'.repeat(20)}'><data xmlns='urn:xmpp:avatar:data'>${long()}</data></item></publish></pubsub>`,
      );
    case 7:
      return `<message ${parties}><body>${pick(['', 'see ', 'data:text/plain;base64,'])}${long()}</body></message>`;
    case 8:
      return iq(
        `<si xmlns='http://jabber.org/protocol/si' id='${sid}' profile='http://jabber.org/protocol/si/profile/file-transfer'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='a' size='${pick(ODD_NUMBERS)}'/></si>`,
      );
    default:
      return `<presence ${parties}><status>${long()}</status></presence>`;
  }
}

/** What was told, in order. */
function play(lab: FilesLab, acts: readonly Act[]): string {
  const from = lab.finished.length;
  const raised = lab.lab.raised.length;
  const flows = PEOPLE.slice(0, 3).map((user) => {
    const flow = lab.lab.flow();
    logIn(flow, user);
    return flow;
  });
  for (const { flow, isServer, gap, text } of acts) {
    if (gap > 0) flows[flow]?.gap(isServer ? 1 : 0, gap);
    else if (isServer) flows[flow]?.s(text);
    else flows[flow]?.c(text);
  }
  for (const flow of flows) flow.close();
  lab.wait(1000);
  lab.finish();
  if (lab.desk.bytes !== 0 || lab.desk.openFiles !== 0) throw new Error('files stay open');
  const files = lab.finished.slice(from).map((file) => {
    const { road, seenBytes, gapBytes, lack, sha256, content, isContentWhole, offer } = file;
    const hash = createHash('sha256').update(content).digest('hex');
    const isWrong = isContentWhole ? sha256 !== hash : lack !== '' && sha256 !== '';
    if (isWrong) throw new Error(`a file of ${seenBytes} bytes has another hash than its content`);
    const parties = `${offer?.from ?? ''} ${offer?.to ?? ''}`;
    return `${road} ${seenBytes} ${gapBytes} ${lack} ${sha256} ${hash} ${parties}`;
  });
  const events = lab.lab.raised.slice(raised).map(({ event }) => event);
  return [...files, ...events.filter((event) => event.startsWith('file.'))].join('\n');
}
