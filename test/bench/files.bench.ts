/** Bytes of files through the desk, in-band data from the wire to the desk, and what chat without files pays for it. */
import { Counters, defaultLimits } from '../../sensor/core/index.ts';
import { Base64Decoder } from '../../sensor/files/base64.ts';
import { createFileDesk } from '../../sensor/files/index.ts';
import { CorrelationLab, logIn, type LabOptions } from '../support/correlation-lab.ts';
import { FilesLab } from '../support/ledger-lab.ts';
import { base64Of, bytesOf } from '../support/sample-bytes.ts';

interface Row {
  name: string;
  mbPerSec: number;
  note: string;
}

const ROUNDS = 7;
const PIECE = 1400;
const BLOCK = 4096;
const CHAT = 20_000;

/** Seconds of processor time of the fastest of some rounds, of each; they take turns. */
function fastest<T extends readonly (() => void)[]>(...runs: T): { [K in keyof T]: number } {
  const best = runs.map(() => Infinity);
  for (let i = 0; i < ROUNDS; i++) {
    for (const [k, run] of runs.entries()) {
      const before = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(before);
      best[k] = Math.min(best[k] ?? Infinity, (user + system) / 1e6);
    }
  }
  return best as { [K in keyof T]: number };
}

/** Files of this size, in pieces as packets bring them. */
function throughDesk(size: number, total: number, contentBytes: number): number {
  const source = bytesOf(1 << 20);
  const limits = { ...defaultLimits(), filesContentBytes: contentBytes };
  const desk = createFileDesk({ counters: new Counters(), limits, onFile: () => undefined });
  const place = { flow: 1, direction: 0, tsUsec: 1 } as const;
  const [seconds] = fastest(() => {
    for (let done = 0; done < total; done += size) {
      const start = { road: 'socks5', place, offer: undefined, expectedBytes: -1 } as const;
      const file = desk.open({ ...start, hasStart: true });
      for (let at = 0; at < size; at += PIECE) {
        const from = at % (source.length - PIECE);
        file.data(source, from, Math.min(PIECE, size - at));
      }
      file.end('', place);
    }
  });
  return seconds;
}

function throughDecoder(bytes: number): number {
  const text = Buffer.from(base64Of(bytesOf(BLOCK)));
  const decoder = new Base64Decoder(text.length);
  const [seconds] = fastest(() => {
    for (let done = 0; done < bytes; done += BLOCK) decoder.decode(text, 0, text.length);
  });
  return seconds;
}

/** An in-band file on two legs, from the bytes of the stream. */
function inBand(blocks: number): { readonly seconds: number; readonly wireBytes: number } {
  const ibb = "xmlns='http://jabber.org/protocol/ibb' sid='s1'";
  const parties = "from='alice@corp.example/desk' to='bob@corp.example/desk'";
  const data = base64Of(bytesOf(BLOCK));
  const stanzas = Array.from({ length: blocks }, (_, seq) =>
    Buffer.from(
      `<iq type='set' id='d${seq}' ${parties}><data ${ibb} seq='${seq}'>${data}</data></iq>`,
    ),
  );
  const wireBytes = 2 * stanzas.reduce((sum, { length }) => sum + length, 0);
  const [seconds] = fastest(() => {
    const lab = new FilesLab({ isOn: false, pieceBytes: PIECE });
    const [one, two] = [lab.client('alice'), lab.client('bob')];
    one.c(`<iq type='set' id='o' ${parties}><open ${ibb} block-size='${BLOCK}'/></iq>`);
    for (const stanza of stanzas) {
      one.c(stanza);
      two.s(stanza);
    }
    one.c(`<iq type='set' id='c' ${parties}><close ${ibb}/></iq>`);
    if (lab.finished[0]?.seenBytes !== blocks * BLOCK) throw new Error('the file is not whole');
  });
  return { seconds, wireBytes };
}

/** Messages of people to Bob, who is logged in. */
function chat(watches: LabOptions['watches'], messages: readonly Uint8Array[]): () => void {
  const options = watches === undefined ? {} : { watches };
  const flow = new CorrelationLab({ isOn: false, ...options }).flow();
  logIn(flow, 'bob');
  return () => {
    for (const message of messages) flow.s(message);
  };
}

function chatRow(name: string, body: string): Row {
  const messages = Array.from({ length: CHAT }, (_, i) =>
    Buffer.from(
      `<message from='carol@corp.example/x' to='bob@corp.example/desk' type='chat' id='i${i}'><body>${body}</body><active xmlns='http://jabber.org/protocol/chatstates'/><stanza-id xmlns='urn:xmpp:sid:0' by='bob@corp.example' id='a${i}'/></message>`,
    ),
  );
  const { files } = new FilesLab();
  const [without, seconds] = fastest(
    chat(undefined, messages),
    chat((options) => files.watches(options), messages),
  );
  const cost = ((seconds - without) / CHAT) * 1e9;
  const bytes = messages.reduce((sum, { length }) => sum + length, 0);
  const note = `${Math.round(cost)} ns of ${Math.round((seconds / CHAT) * 1e9)} a message are for files`;
  return { name, mbPerSec: bytes / seconds / 1e6, note };
}

export function bench(): Promise<Row[]> {
  const large = 64 << 20;
  const small = 8 << 20;
  const picture = 6000;
  const ibb = inBand(2000);
  const rows: Row[] = [
    {
      name: 'files: SHA-256, MD5, 8 MiB kept, 1,400-byte pieces',
      mbPerSec: large / throughDesk(large, large, 8 << 20) / 1e6,
      note: '',
    },
    {
      name: 'files: the same, all of it kept',
      mbPerSec: small / throughDesk(small, small, 8 << 20) / 1e6,
      note: '',
    },
    {
      name: 'files: pictures of 6 KB',
      mbPerSec: small / throughDesk(picture, small, 8 << 20) / 1e6,
      note: '',
    },
    {
      name: 'files: base64 to bytes',
      mbPerSec: small / throughDecoder(small) / 1e6,
      note: 'of the bytes',
    },
    {
      name: 'files: in-band data on two legs, from the wire',
      mbPerSec: ibb.wireBytes / ibb.seconds / 1e6,
      note: `${Math.round((ibb.seconds / 4000) * 1e6)} us a block of 4 KiB, tokenizer included`,
    },
    chatRow('files: chat, 40 characters', 'I will be there at eight, see you soon..'),
    chatRow(
      'files: chat, 1,000 characters',
      'It rained for days and the river rose again and '.repeat(21),
    ),
  ];
  return Promise.resolve(rows);
}
