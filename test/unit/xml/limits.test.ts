/** Hostile sizes and every limit of the room driven over: bounded, told, and the reader goes on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultLimits } from '../../../sensor/core/index.ts';
import { createTokenizer } from '../../../sensor/xml/index.ts';
import { cutEvery } from '../../support/chunking.ts';
import {
  bytesOf,
  linesOf,
  testLimits,
  XmlRecorder,
  type Said,
} from '../../support/xml-recorder.ts';

const HEAD = "<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'>";
const recorder = new XmlRecorder();

/** What is said after the header, the same for some cuts. */
function read(
  markup: string,
  reader = recorder,
  sizes: readonly number[] = [1448, 10_007],
): Said[] {
  const document = bytesOf(HEAD + markup);
  const whole = reader.run([document]);
  for (const size of sizes) {
    assert.deepEqual(linesOf(reader.run(cutEvery(document, size))), linesOf(whole), `size ${size}`);
  }
  return whole.slice(1);
}

function events(said: readonly Said[]): string[] {
  return said.filter(({ kind }) => kind === 'event').map(({ text }) => text);
}

function elements(said: readonly Said[]): Said[] {
  return said.filter(({ kind }) => kind === 'element');
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

void describe('xml limits', () => {
  void it('keeps the first MiB of an element and checks the rest', () => {
    const filler = 'x'.repeat(2 * 1024 * 1024);
    const said = read(`<message><body>${filler}</body><x/></message><presence/>`);
    assert.deepEqual(events(said), [
      'xml.stanza_64k',
      'xml.stanza_256k',
      'xml.stanza_512k',
      'xml.stanza_1m',
    ]);
    const [large, next] = elements(said);
    assert.match(large?.detail ?? '', /^capped elements=3 depth=2 wire=2097188 raw=1048576$/);
    const kept = /"(x*)"/.exec(large?.text ?? '')?.[1]?.length;
    assert.equal(kept, 1024 * 1024 - '<message><body>'.length);
    assert.equal(next?.text, '<presence:5 {jabber:client}:2 /');
  });

  void it('loses nothing of the first MiB, whatever stands at the cap', () => {
    for (const at of ['<', '</m', '&', '&am', '<!', '<![CDATA[x', '<!-- x', '<a', ']]']) {
      const filler = 'x'.repeat(1024 * 1024 - '<m>'.length - at.length);
      const rest = {
        '<': 'a/></m>',
        '</m': '></m>',
        '&': 'amp;</m>',
        '&am': 'p;</m>',
        '<!': '-- --></m>',
        '<![CDATA[x': ']]></m>',
        '<!-- x': '--></m>',
        '<a': '/></m>',
        ']]': '</m>',
      }[at];
      const said = read(`<m>${filler}${at}${rest ?? ''}<presence/>`);
      const kept = /"(x+)[^x"]*x?"\(/.exec(elements(said)[0]?.text ?? '')?.[1]?.length;
      assert.ok((kept ?? 0) >= filler.length, `${at}: ${kept ?? 0}`);
    }
  });

  void it('finds errors beyond the cap', () => {
    const filler = 'x'.repeat(1024 * 1024);
    for (const [bad, event] of [
      ['</bodi></message>', 'xml.mismatched_tag'],
      ['<a b=c/>', 'xml.unquoted_attr'],
      ['<a></b></body></message>', 'xml.mismatched_tag'],
      ['&foo;</body></message>', 'xml.entity_ref'],
      ['\x01</body></message>', 'xml.ctrl_char'],
      ['a & b</body></message>', 'xml.bad_syntax'],
      ['<!DOCTYPE a></body></message>', 'xml.dtd'],
    ] as const) {
      const said = read(`<message><body>${filler}${bad}<presence/>`);
      assert.ok(events(said).includes(event), bad);
      assert.match(said.at(-1)?.text ?? '', /^<presence/, bad);
    }
  });

  void it('reads a tag that passes the cap with what it kept of it', () => {
    const value = 'x'.repeat(1_100_000);
    const said = read(
      `<message to='a@b' big='${value}' id='1'><body>t</body></message><presence/>`,
    );
    const [large] = elements(said);
    assert.match(
      large?.text ?? '',
      /^<message:4 \{jabber:client\}:2 @to:53:0="a@b"\(\) @big:0:0="x+"\(\) \/$/,
    );
    const kept = /"(x+)"/.exec(large?.text ?? '')?.[1]?.length;
    assert.equal(kept, 1024 * 1024 - `<message to='a@b' big='`.length);
    assert.equal(elements(said).length, 2);
    const name = 'n'.repeat(1_100_000);
    const lost = read(`<message><${name}/></message><presence/>`);
    assert.equal(elements(lost).at(-1)?.text, '<presence:5 {jabber:client}:2 /');
  });

  void it('gives up names and references that never end, where nothing is kept', () => {
    const filler = 'x'.repeat(1024 * 1024);
    for (const endless of [
      `<${'n'.repeat(40_000)}`,
      `&${'n'.repeat(40_000)}`,
      `</${'n'.repeat(40_000)}`,
    ]) {
      const said = read(`<message>${filler}${endless}<presence/>`);
      assert.ok(
        events(said).includes('xml.bad_syntax') || events(said).includes('xml.mismatched_tag'),
      );
      assert.match(said.at(-1)?.text ?? '', /^<presence/);
    }
    const outside = read(`</${'n'.repeat(40_000)}<presence/>`);
    assert.deepEqual(events(outside), ['xml.name_size', 'xml.bad_syntax', 'xml.resync']);
  });

  void it('gives up a document type declaration above 64 KiB', () => {
    const said = read(`<!DOCTYPE a [${' '.repeat(70_000)}]><presence/>`);
    assert.deepEqual(events(said), ['xml.dtd', 'xml.bad_syntax', 'xml.resync']);
    const kept = read(`<!DOCTYPE a [${' '.repeat(60_000)}]><presence/>`);
    assert.deepEqual(events(kept), ['xml.dtd']);
  });

  void it('checks elements deeper than 256 and keeps the others', () => {
    const deep = (n: number): string => `${'<a>'.repeat(n)}t${'</a>'.repeat(n)}`;
    const said = read(`<m>${deep(300)}<b/></m>`);
    assert.deepEqual(events(said), ['xml.depth_32', 'xml.depth_64', 'xml.depth_128']);
    assert.equal(said.at(-1)?.text.split('<a:67').length, 256);
    assert.match(said.at(-1)?.text ?? '', /<b:0 \{jabber:client\}:2 \/ \/$/);
    assert.match(said.at(-1)?.detail ?? '', /^capped elements=302 depth=301 /);
    const wrong = read(`<m>${'<a>'.repeat(280)}<b></c>${'</a>'.repeat(280)}</m><presence/>`);
    assert.ok(events(wrong).includes('xml.mismatched_tag'));
  });

  void it('survives a hundred thousand levels', () => {
    const n = 100_000;
    const said = read(`${'<a>'.repeat(n)}${'</a>'.repeat(n)}<presence/>`);
    assert.ok(events(said).includes('xml.depth_1024'));
    assert.ok(!events(said).includes('xml.mismatched_tag'));
    assert.equal(elements(said).length, 2);
    const open = read('<a>'.repeat(n));
    assert.match(open.at(-1)?.detail ?? '', /^broken\|capped /);
  });

  void it('keeps 512 attributes of an element, and survives a hundred thousand', () => {
    const attributes = (n: number): string =>
      Array.from({ length: n }, (_, i) => ` a${i}='${i}'`).join('');
    const said = read(`<m${attributes(600)}/>`);
    assert.deepEqual(events(said), ['xml.attr_count']);
    assert.equal(said.at(-1)?.text.split(' @').length, 513);
    assert.match(said.at(-1)?.detail ?? '', /^capped /);
    const many = read(`<m${attributes(100_000)}/><presence/>`);
    assert.equal(elements(many).length, 2);
    assert.ok(events(many).includes('xml.attr_count'));
  });

  void it('stops writing a full tape and closes what is open on it', () => {
    const reader = new XmlRecorder(testLimits({ xmlTokens: 100 }));
    const said = read(`<m>${'<a><b>t</b></a>'.repeat(50)}</m><presence/>`, reader, [1, 7]);
    assert.deepEqual(events(said), ['xml.tape_full']);
    assert.match(said[1]?.detail ?? '', /^capped elements=101 /);
    assert.match(said[1]?.text ?? '', / \/$/);
    assert.equal(said.at(-1)?.detail, ' elements=1 depth=1 wire=11 raw=11');
  });

  void it('keeps 128 bindings and then judges no prefix', () => {
    const declarations = Array.from({ length: 200 }, (_, i) => ` xmlns:p${i}='u${i}'`).join('');
    const said = read(`<m${declarations}><p150:a/><p100:b/><q:c/></m>`);
    assert.deepEqual(events(said), ['xml.xmlns_count', 'xml.attr_count']);
    assert.match(said.at(-1)?.text ?? '', /<a:67 \{\}:0 \/<b:0 \{u100\}:0 \/<c:63 \{\}:0 \/ \/$/);
  });

  void it('stops decoding when the decoded area is full', () => {
    // Each byte that is not UTF-8 becomes three.
    const bytes = Buffer.alloc(900_000, 0xff);
    const said = recorder.run([bytesOf(`${HEAD}<m>`), bytes, bytesOf('</m><presence/>')]);
    assert.match(elements(said)[0]?.detail ?? '', /^capped\|nonAscii /);
    assert.equal(elements(said).length, 2);
  });

  void it('remembers unusual stream headers, and judges no prefix where it cannot', () => {
    const reader = new XmlRecorder(testLimits({ xmlOddRoots: 2 }));
    const { tokenizer } = reader;
    const head = bytesOf(
      "<s:stream xmlns='urn:mine' xmlns:s='http://etherx.jabber.org/streams' xmlns:averylongprefix='urn:long' xmlns:p='urn:p' xmlns:q='urn:q'>",
    );
    const stanza = bytesOf('<averylongprefix:x p:a="" q:b=""/>');
    const halves = [1, 2, 3].map(() => {
      const half = tokenizer.openHalf(false);
      tokenizer.feed(half, head, 0, head.length, 0);
      return half;
    });
    reader.said = [];
    for (const half of halves) tokenizer.feed(half, stanza, 0, stanza.length, 0);
    assert.deepEqual(
      reader.said.map(({ text }) => text),
      [
        '<x:64 {urn:long}:0 @a:67:0=""() @b:0:0=""() /',
        '<x:64 {urn:long}:0 @a:67:0=""() @b:0:0=""() /',
        '<x:64 {}:0 @a:67:0=""() @b:0:0=""() /',
      ],
    );
    // A half that ends gives its place to the next.
    tokenizer.closeHalf(halves[0] as number);
    const half = tokenizer.openHalf(false);
    tokenizer.feed(half, head, 0, head.length, 0);
    reader.said = [];
    tokenizer.feed(half, stanza, 0, stanza.length, 0);
    assert.match(reader.said[0]?.text ?? '', /\{urn:long\}/);
  });

  void it('reads 200 interleaved unfinished elements through 64 slots', () => {
    const { tokenizer } = recorder;
    recorder.said = [];
    const next = random(7);
    const documents = Array.from({ length: 200 }, (_, i) =>
      bytesOf(
        `${HEAD}<message to='u${i}@b' xmlns:p${i}='urn:${i}'><body>${'word '.repeat(20 + (i % 50) * 40)}&amp; ${i}</body>` +
          `<p${i}:x a='${i}'/><y xmlns='urn:y${i}'>${'<z/>'.repeat(i % 9)}</y></message><iq id='${i}'/>`,
      ),
    );
    const halves = documents.map(() => tokenizer.openHalf(false));
    const at = documents.map(() => 0);
    let open = documents.length;
    while (open > 0) {
      const i = Math.floor(next() * documents.length);
      const document = documents[i] as Uint8Array;
      const from = at[i] as number;
      if (from >= document.length) continue;
      const n = Math.min(1 + Math.floor(next() * 400), document.length - from);
      tokenizer.feed(halves[i] as number, document, from, n, 0);
      at[i] = from + n;
      if (from + n === document.length) open--;
    }
    const interleaved = recorder.said;
    for (const [i, half] of halves.entries()) {
      const mine = interleaved.filter((said) => said.half === half);
      tokenizer.closeHalf(half);
      const alone = recorder.run([documents[i] as Uint8Array]);
      assert.deepEqual(linesOf(mine), linesOf(alone));
    }
  });

  void it('gives up an unfinished element when the saved ones take too much, and says so', () => {
    const reader = new XmlRecorder(testLimits({ xmlSlots: 2, xmlSavedBytes: 100_000 }));
    const { tokenizer } = reader;
    const piece = bytesOf(`${HEAD}<message><body>${'x'.repeat(40_000)}`);
    const rest = bytesOf('</body></message><presence/>');
    const halves = Array.from({ length: 6 }, () => tokenizer.openHalf(false));
    for (const half of halves) tokenizer.feed(half, piece, 0, piece.length, 0);
    for (const half of halves) tokenizer.feed(half, rest, 0, rest.length, 0);
    const broken = elements(reader.said).filter(({ detail }) => detail.startsWith('broken'));
    assert.ok(broken.length >= 2 && broken.length <= 4, `${broken.length} broken`);
    for (const { half, text } of broken) {
      assert.match(text, /"x{40000}"/);
      const lines = reader.said.filter((said) => said.half === half).map(({ text: what }) => what);
      assert.ok(lines.includes('xml.resync'));
      assert.match(lines.at(-1) ?? '', /^<presence/);
    }
    assert.equal(
      elements(reader.said).filter(({ text }) => text.startsWith('<presence')).length,
      6,
    );
  });

  void it('does not move an element in and out for ever', () => {
    const reader = new XmlRecorder(testLimits({ xmlSlots: 2 }));
    reader.quiet = true;
    const { tokenizer } = reader;
    const start = bytesOf(`${HEAD}<message><body>${'x'.repeat(500_000)}`);
    const halves = Array.from({ length: 4 }, () => tokenizer.openHalf(false));
    for (const half of halves) tokenizer.feed(half, start, 0, start.length, 0);
    const one = bytesOf('x');
    for (let i = 0; i < 1000; i++) {
      for (const half of halves) tokenizer.feed(half, one, 0, 1, 0);
    }
    // 64 times its size and it is given up: fewer elements are open than slots plus the saved ones.
    const open = halves.filter((half) => tokenizer.openElementBytes(half) > 0);
    assert.ok(open.length <= 2, `${open.length} still open`);
  });

  void it('reads a MiB that comes byte by byte', () => {
    const document = bytesOf(
      `${HEAD}<message><body>${'x'.repeat(1024 * 1024 - 100)}</body></message>`,
    );
    const said = recorder.run(cutEvery(document, 1));
    assert.equal(elements(said).length, 1);
    assert.equal(elements(said)[0]?.flags, 0);
  });

  void it('ignores halves beyond its table and numbers that are none', () => {
    const reader = new XmlRecorder(testLimits({ flowTableFlows: 4 }));
    const { tokenizer } = reader;
    const halves = Array.from({ length: 12 }, () => tokenizer.openHalf(false));
    assert.deepEqual(halves.slice(9), [0, 0, 0]);
    const bytes = bytesOf(`${HEAD}<iq/>`);
    for (const half of [0, -1, 12, 1e9]) {
      assert.equal(tokenizer.feed(half, bytes, 0, bytes.length, 0), bytes.length);
      tokenizer.gap(half);
      tokenizer.restart(half);
      tokenizer.stop(half);
      tokenizer.closeHalf(half);
      assert.equal(tokenizer.openElementBytes(half), 0);
    }
    assert.equal(reader.said.length, 0);
    tokenizer.closeHalf(halves[0] as number);
    assert.equal(tokenizer.openHalf(false), halves[0]);
  });

  void it('refuses limits that no memory can hold, with a hint', () => {
    const handler = {
      streamHeader: (): void => undefined,
      element: (): void => undefined,
      streamEnd: (): void => undefined,
      event: (): void => undefined,
    };
    assert.throws(
      () => createTokenizer({ ...defaultLimits(), xmlSlots: 5000 }, handler),
      (error: unknown) =>
        error instanceof Error &&
        'hint' in error &&
        'code' in error &&
        error.code === 'CONFIG_INVALID',
    );
  });

  void it('keeps its memory fixed', () => {
    const { memory } = recorder.tokenizer;
    const size = memory.length;
    recorder.run([bytesOf(`${HEAD}<m>${'<a/>'.repeat(100_000)}</m>`)]);
    assert.equal(recorder.tokenizer.memory.length, size);
    assert.equal(memory.buffer.byteLength, size);
  });
});
