/** Documents: headers, restarts, ends, gaps, midstream starts, and asking the tokenizer to stop. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everyChunking } from '../../support/chunking.ts';
import { bytesOf, XmlRecorder, type Said } from '../../support/xml-recorder.ts';

const HEAD = "<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'>";
const STREAM =
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
const XML = "<?xml version='1.0'?>";
const recorder = new XmlRecorder();

/** `header again declared`, `message`, `message broken`, `event xml.dtd`, `end`. */
function brief(said: readonly Said[]): string[] {
  return said.map(({ kind, text, detail }) => {
    if (kind === 'event') return `event ${text}`;
    if (kind === 'end') return 'end';
    const name = /^<([^:]*)/.exec(text)?.[1] ?? '';
    return (
      kind === 'header' ? `header ${name} ${detail}` : `${name} ${detail.split(' ')[0] ?? ''}`
    ).trim();
  });
}

function read(document: string, midstream = false): string[] {
  const bytes = bytesOf(document);
  const whole = brief(recorder.run([bytes], midstream));
  everyChunking(bytes, (pieces, label) => {
    assert.deepEqual(brief(recorder.run(pieces, midstream)), whole, label);
  });
  return whole;
}

/** Feeds steps to one half; `null` is a gap, `'restart'` a restart. */
function steps(list: readonly (string | null)[], size = 10_000, midstream = false): string[] {
  recorder.said = [];
  const { tokenizer } = recorder;
  const half = tokenizer.openHalf(midstream);
  for (const step of list) {
    if (step === null) tokenizer.gap(half);
    else if (step === 'restart') tokenizer.restart(half);
    else {
      const bytes = bytesOf(step);
      for (let i = 0; i < bytes.length; i += size) {
        tokenizer.feed(half, bytes, i, Math.min(size, bytes.length - i), 0);
      }
    }
  }
  tokenizer.closeHalf(half);
  return brief(recorder.said);
}

function atEverySize(list: readonly (string | null)[], midstream = false): string[] {
  const whole = steps(list, 10_000, midstream);
  for (let size = 1; size < 40; size++) {
    assert.deepEqual(steps(list, size, midstream), whole, `size ${size}`);
  }
  return whole;
}

void describe('xml streams', () => {
  void it('reports header, elements and end', () => {
    assert.deepEqual(read(`${XML}${STREAM}<message/><iq/> <presence/></stream:stream>`), [
      'header stream first declared',
      'message',
      'iq',
      'presence',
      'end',
    ]);
  });

  void it('takes a second header at depth 1 as a new document', () => {
    assert.deepEqual(read(`${HEAD}<message/>${XML}${STREAM}<iq/>${STREAM}<presence/>`), [
      'header stream first bare',
      'message',
      'header stream again declared',
      'iq',
      'header stream again bare',
      'presence',
    ]);
  });

  void it('leaves a header inside an element to its reader', () => {
    assert.deepEqual(read(`${HEAD}<message>${HEAD}<iq/></s:stream></message><presence/>`), [
      'header stream first bare',
      'message',
      'presence',
    ]);
  });

  void it('forgets the bindings of an older root', () => {
    const said = recorder.run([
      bytesOf(
        `<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' xmlns:x='urn:x'>`,
      ),
      bytesOf(`${HEAD}<message x:a=''/>`),
    ]);
    assert.deepEqual(brief(said).slice(2), ['event xml.unbound_prefix', 'message']);
    assert.match(said.at(-1)?.text ?? '', /\{jabber:client\}/);
  });

  void it('starts a new document after restart()', () => {
    assert.deepEqual(atEverySize([`${HEAD}<auth/>`, 'restart', `${XML}${STREAM}<iq/>`]), [
      'header stream first bare',
      'auth',
      'header stream first declared',
      'iq',
    ]);
  });

  void it('forgives white space before the declaration of a restarted stream', () => {
    assert.deepEqual(atEverySize([`${HEAD}<auth/>`, 'restart', `\n${XML}${STREAM}<iq/>`]), [
      'header stream first bare',
      'auth',
      'header stream first declared',
      'iq',
    ]);
  });

  void it('understands a restart() that comes after the new header, or within it', () => {
    const late = atEverySize([`${HEAD}<auth/>${XML}${STREAM}`, 'restart', '<iq/>']);
    assert.deepEqual(late.slice(2), ['header stream again declared', 'iq']);
    const text = `${XML}${STREAM}`;
    for (let cut = 1; cut < text.length; cut++) {
      const found = steps([
        `${HEAD}<auth/>${text.slice(0, cut)}`,
        'restart',
        `${text.slice(cut)}<iq/>`,
      ]);
      assert.deepEqual(found.slice(2), ['header stream first declared', 'iq'], `cut at ${cut}`);
    }
  });

  void it('delivers an unfinished element as broken when restart() cuts it off', () => {
    assert.deepEqual(steps([`${HEAD}<message><body>x`, 'restart', `${STREAM}<iq/>`]), [
      'header stream first bare',
      'message broken',
      'header stream first bare',
      'iq',
    ]);
  });

  void it('delivers an unfinished element as broken when the half is closed', () => {
    assert.deepEqual(read(`${HEAD}<message><body>x`), [
      'header stream first bare',
      'message broken',
    ]);
  });

  void it('reads a stanza before any header as a stanza', () => {
    assert.deepEqual(read(`<message><body>x</body></message><iq/>`), ['message', 'iq']);
    assert.deepEqual(read(`<html><body>x</body></html>`), [
      'header html first bare',
      'body',
      'end',
    ]);
  });

  void it('takes <open/> of RFC 7395 as a header', () => {
    const open = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a'/>";
    assert.deepEqual(
      read(
        `${open}<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/><message xmlns='jabber:client'/>`,
      ),
      ['header open first bare', 'auth', 'message'],
    );
  });

  void it('reads one BOSH body after another', () => {
    const body =
      "<body xmlns='http://jabber.org/protocol/httpbind'><message xmlns='jabber:client'/></body>";
    assert.deepEqual(read(body + body), [
      'header body first bare',
      'message',
      'end',
      'header body first bare',
      'message',
      'end',
    ]);
  });

  void it('delivers the open element broken at a gap, silently, and goes on at the next start', () => {
    assert.deepEqual(
      atEverySize([
        `${HEAD}<message to='a'><body>so f`,
        null,
        'ar</body></message><presence/><iq/>',
      ]),
      ['header stream first bare', 'message broken', 'presence resynced', 'iq'],
    );
  });

  void it('says nothing about well-formedness where a gap was', () => {
    const cases = [
      ['<message><a>', '</b></message>', '<iq/>'],
      ["<message a='", "b'/>text & more", '<iq/>'],
      ['', '</forwarded></result></message>', '<iq/>'],
      ['<message><![CDATA[', ']]></x>', '<iq/>'],
    ] as const;
    for (const [before, after, next] of cases) {
      const found = atEverySize([HEAD + before, null, after + next]);
      assert.ok(!found.some((line) => line.startsWith('event')), found.join());
      assert.equal(found.at(-1), 'iq resynced');
    }
  });

  void it('goes on silently when the place it found was inside another element', () => {
    const found = atEverySize([
      HEAD,
      null,
      "y</body></message></forwarded><forwarded><message from='x'/></forwarded></result></message><iq/><presence/>",
    ]);
    assert.deepEqual(found, [
      'header stream first bare',
      'message resynced',
      'iq resynced',
      'presence',
    ]);
  });

  void it('judges again once two elements stood side by side', () => {
    const found = atEverySize([HEAD, null, '<iq/><presence/></oops><message/>']);
    assert.deepEqual(found, [
      'header stream first bare',
      'iq resynced',
      'presence',
      'event xml.mismatched_tag',
      'event xml.resync',
      'message resynced',
    ]);
  });

  void it('assumes the usual bindings when it starts midstream', () => {
    assert.deepEqual(
      read(
        "e'>x</body></message><message a:b='c'/><stream:features/><db:result/></stream:stream>",
        true,
      ),
      ['message resynced', 'features', 'result', 'end'],
    );
    const said = recorder.run([bytesOf('<message/><stream:error/><db:verify/>')], true);
    assert.deepEqual(
      said.map(({ text }) => text),
      [
        '<message:4 {jabber:client}:2 /',
        '<error:3 {http://etherx.jabber.org/streams}:1 /',
        '<verify:39 {jabber:server:dialback}:5 /',
      ],
    );
  });

  void it('finds every kind of start it knows after losing its place', () => {
    const starts = [
      '<message>',
      '<presence/>',
      '<iq\n',
      '<s:stream ',
      '</s:stream>',
      '<s:features>',
      '<s:error>',
      "<auth xmlns='",
      "<success xmlns='",
      "<challenge xmlns='",
      "<starttls xmlns='",
      '<?xml ',
    ];
    for (const start of starts) {
      assert.deepEqual(
        steps([`${HEAD}<%`, `junk ${start}`]).slice(1, 3),
        ['event xml.bad_name', 'event xml.resync'],
        start,
      );
    }
    for (const not of [
      '<messages>',
      '<x:message/>',
      '<auth>',
      '<stream>',
      '</message>',
      '<iqs/>',
      '<x/>',
    ]) {
      assert.deepEqual(steps([`${HEAD}<%`, `junk ${not}`]).slice(1), ['event xml.bad_name'], not);
    }
  });

  void it('reports a header after midstream start as the first', () => {
    assert.deepEqual(read(`x</a>${XML}${STREAM}<iq/>`, true), [
      'header stream first declared',
      'iq',
    ]);
  });

  void it('consumes nothing behind the element that made the reader stop', () => {
    recorder.onElement = (half, name): void => {
      if (name === 'proceed') recorder.tokenizer.stop(half);
    };
    const before = bytesOf(`${HEAD}<proceed/>`);
    const all = Buffer.concat([before, Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0xff)]);
    const { tokenizer } = recorder;
    everyChunking(all, (pieces, label) => {
      const half = tokenizer.openHalf(false);
      let consumed = 0;
      for (const piece of pieces) consumed += tokenizer.feed(half, piece, 0, piece.length, 0);
      assert.equal(consumed, before.length, label);
      assert.equal(tokenizer.bytesFed(half), before.length, label);
      tokenizer.restart(half);
      assert.equal(tokenizer.feed(half, before, 0, before.length, 0), before.length);
      tokenizer.closeHalf(half);
    });
    recorder.onElement = undefined;
    recorder.said = [];
  });

  void it('obeys restart() from the callback of the element before it', () => {
    recorder.onElement = (half, name): void => {
      if (name === 'success') recorder.tokenizer.restart(half);
    };
    assert.deepEqual(read(`${HEAD}<success/>\n${XML}${STREAM}<iq/>`), [
      'header stream first bare',
      'success',
      'header stream first declared',
      'iq',
    ]);
    recorder.onElement = undefined;
  });

  void it('may be closed from a callback', () => {
    recorder.onElement = (half): void => {
      recorder.tokenizer.closeHalf(half);
    };
    const half = recorder.tokenizer.openHalf(false);
    const bytes = bytesOf(`${HEAD}<iq/>`);
    assert.equal(recorder.tokenizer.feed(half, bytes, 0, bytes.length, 0), bytes.length);
    assert.equal(recorder.tokenizer.bytesFed(half), 0);
    recorder.onElement = undefined;
    recorder.said = [];
  });

  void it('goes on with the other halves when a handler throws', () => {
    const { tokenizer } = recorder;
    const bytes = bytesOf(`${HEAD}<iq/>`);
    const half = tokenizer.openHalf(false);
    recorder.onElement = (): never => {
      throw new Error('a bug');
    };
    assert.throws(() => tokenizer.feed(half, bytes, 0, bytes.length, 0), /a bug/);
    recorder.onElement = undefined;
    recorder.said = [];
    assert.deepEqual(brief(recorder.run([bytes])), ['header stream first bare', 'iq']);
    const next = bytesOf('</iq><presence/>');
    tokenizer.feed(half, next, 0, next.length, 0);
    assert.deepEqual(brief(recorder.said), ['presence resynced']);
    tokenizer.closeHalf(half);
    recorder.said = [];
  });

  void it('tells how many bytes of an unfinished element it holds', () => {
    const { tokenizer } = recorder;
    const half = tokenizer.openHalf(false);
    const sizes: number[] = [];
    for (const byte of bytesOf(`<a> <b c='d'>e</b>\n`)) {
      tokenizer.feed(half, Uint8Array.of(byte), 0, 1, 0);
      sizes.push(tokenizer.openElementBytes(half));
    }
    assert.deepEqual(sizes, [1, 2, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, 0]);
    assert.equal(tokenizer.bytesFed(half), sizes.length);
    tokenizer.closeHalf(half);
    recorder.said = [];
  });

  void it('counts white space between elements by the minute of packet time', () => {
    const { tokenizer } = recorder;
    const spaces = bytesOf(' '.repeat(40_000));
    const feed = (times: readonly number[]): string[] => {
      recorder.said = [];
      const half = tokenizer.openHalf(false);
      const head = bytesOf(HEAD);
      tokenizer.feed(half, head, 0, head.length, 0);
      for (const seconds of times) tokenizer.feed(half, spaces, 0, spaces.length, seconds * 1e6);
      tokenizer.closeHalf(half);
      return brief(recorder.said).slice(1);
    };
    assert.deepEqual(feed([100, 130]), ['event xml.ws_between']);
    assert.deepEqual(feed([100, 170]), []);
    assert.deepEqual(feed([100, 110, 120, 170, 180]), [
      'event xml.ws_between',
      'event xml.ws_between',
    ]);
  });
});
