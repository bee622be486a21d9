import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FinishedFile } from '../../../sensor/files/index.ts';
import { CorrelationLab, logIn, type LabFlow } from '../../support/correlation-lab.ts';
import { FilesLab } from '../../support/ledger-lab.ts';
import { base64Of, bytesOf, sha256Of } from '../../support/sample-bytes.ts';
import { client, link } from '../../support/scene-lab.ts';

const IBB = 'http://jabber.org/protocol/ibb';
const ALICE = 'alice@corp.example/desk';
const BOB = 'bob@corp.example/desk';

type Side = 'c' | 's';

/** A leg of a stream: what passes on it is written by one side of a flow. */
class Leg {
  readonly flow: LabFlow;
  readonly #side: Side;
  readonly #form: 'iq' | 'message';

  constructor(flow: LabFlow, side: Side, form: 'iq' | 'message' = 'iq') {
    this.flow = flow;
    this.#side = side;
    this.#form = form;
  }

  say(stanza: string): void {
    this.flow[this.#side](stanza);
  }

  open(id = 'o1', sid = 's1', attributes = `from='${ALICE}' to='${BOB}'`): void {
    this.say(
      `<iq type='set' id='${id}' ${attributes}><open xmlns='${IBB}' sid='${sid}' block-size='100' stanza='${this.#form}'/></iq>`,
    );
  }

  /** Block `seq` of a file in blocks of `size`. */
  block(bytes: Uint8Array, seq: number, size = 100, sid = 's1'): void {
    this.data(base64Of(bytes.subarray(seq * size, (seq + 1) * size)), seq, sid);
  }

  data(text: string, seq: number | string, sid = 's1', from = ALICE, to = BOB): void {
    const type = this.#form === 'iq' ? "type='set' " : '';
    this.say(
      `<${this.#form} ${type}id='d${seq}' from='${from}' to='${to}'><data xmlns='${IBB}' sid='${sid}' seq='${seq}'>${text}</data></${this.#form}>`,
    );
  }

  close(sid = 's1', from = ALICE, to = BOB): void {
    this.say(
      `<iq type='set' id='c1' from='${from}' to='${to}'><close xmlns='${IBB}' sid='${sid}'/></iq>`,
    );
  }
}

/** Alice's connection, where she is the client. */
function fromAlice(lab: FilesLab, form: 'iq' | 'message' = 'iq'): Leg {
  const flow = lab.lab.flow();
  logIn(flow, 'alice');
  return new Leg(flow, 'c', form);
}

/** Bob's connection, on which the server brings it. */
function toBob(lab: FilesLab, form: 'iq' | 'message' = 'iq'): Leg {
  const flow = lab.lab.flow();
  logIn(flow, 'bob');
  return new Leg(flow, 's', form);
}

function offerBySi(leg: Leg, size: number, sid = 's1'): void {
  leg.say(
    `<iq type='set' id='si${sid}' from='${ALICE}' to='${BOB}'><si xmlns='http://jabber.org/protocol/si' id='${sid}' mime-type='text/plain' profile='http://jabber.org/protocol/si/profile/file-transfer'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='a.txt' size='${size}'/><feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'><field var='stream-method' type='list-single'><option><value>${IBB}</value></option></field></x></feature></si></iq>`,
  );
}

function only(files: readonly FinishedFile[]): FinishedFile {
  assert.equal(files.length, 1);
  return files[0] as FinishedFile;
}

describe('in-band data', () => {
  const bytes = bytesOf(950);

  for (const pieceBytes of [1, 7, 100, Infinity]) {
    for (const form of ['iq', 'message'] as const) {
      it(`is the file that was sent, in pieces of ${pieceBytes}, as ${form}`, () => {
        const lab = new FilesLab({ pieceBytes });
        const [one, two] = [fromAlice(lab, form), toBob(lab, form)];
        for (const leg of [one, two]) leg.open();
        for (let seq = 0; seq < 10; seq++) for (const leg of [one, two]) leg.block(bytes, seq);
        for (const leg of [one, two]) leg.close();
        const file = only(lab.finished);
        assert.equal(file.sha256, sha256Of(bytes));
        assert.deepEqual(file.content, bytes);
        assert.equal(file.lack, '');
        assert.equal(file.start.flow, one.flow.index);
        assert.equal(file.start.direction, 0);
        assert.deepEqual([file.offer?.from, file.offer?.to], [ALICE, BOB]);
        assert.equal(lab.desk.openFiles, 0);
      });
    }
  }

  it('is named by its offer', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    offerBySi(leg, 950);
    leg.open();
    for (let seq = 0; seq < 10; seq++) leg.block(bytes, seq);
    leg.close();
    const { offer, lack, expectedBytes } = only(lab.finished);
    assert.equal(offer?.name, 'a.txt');
    assert.equal(offer.protocol, 'si');
    assert.equal(lack, '');
    assert.equal(expectedBytes, 950);
  });

  it('opened by Jingle is named by what Jingle says', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    leg.say(
      `<iq type='set' id='j' from='${ALICE}' to='${BOB}'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' initiator='${ALICE}' sid='j1'><content creator='initiator' name='f' senders='initiator'><description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>b.bin</name><size>950</size><media-type>image/png</media-type></file></description><transport xmlns='urn:xmpp:jingle:transports:ibb:1' block-size='100' sid='s1'/></content></jingle></iq>`,
    );
    leg.open();
    for (let seq = 0; seq < 10; seq++) leg.block(bytes, seq);
    leg.close();
    const { offer, lack } = only(lab.finished);
    assert.deepEqual([offer?.name, offer?.protocol, offer?.mime], ['b.bin', 'jingle', 'image/png']);
    assert.equal(lack, '');
  });

  it('is two files when both write', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    const back = bytesOf(50, 9);
    leg.open();
    leg.block(bytes, 0);
    leg.flow.s(
      `<iq type='set' id='x' from='${BOB}' to='${ALICE}'><data xmlns='${IBB}' sid='s1' seq='0'>${base64Of(back)}</data></iq>`,
    );
    leg.block(bytes, 1);
    leg.close();
    lab.finish();
    const hashes = new Map(lab.finished.map((file) => [file.offer?.from, file.seenBytes]));
    assert.deepEqual([...hashes].sort(), [
      [ALICE, 200],
      [BOB, 50],
    ]);
  });

  it('what comes back is not what was offered, in whatever case the offer names who offers', () => {
    const lab = new FilesLab();
    const leg = toBob(lab);
    leg.say(
      `<iq type='set' id='si1' from='Alice@Corp.example/desk' to='${BOB}'><si xmlns='http://jabber.org/protocol/si' id='s1' profile='http://jabber.org/protocol/si/profile/file-transfer'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='a.txt' size='100'/></si></iq>`,
    );
    leg.open();
    leg.flow.c(
      `<iq type='set' id='x' to='${ALICE}'><data xmlns='${IBB}' sid='s1' seq='0'>${base64Of(bytes)}</data></iq>`,
    );
    const { offer } = only(lab.finish());
    assert.deepEqual([offer?.from, offer?.name], [BOB, '']);
  });

  it('counts from 65535 to 0', () => {
    const lab = new FilesLab({ isOn: false });
    const leg = fromAlice(lab, 'message');
    leg.open();
    const blocks = 65_540;
    for (let seq = 0; seq < blocks; seq++) leg.data('QUJD', seq % 65_536);
    leg.close();
    const file = only(lab.finished);
    assert.equal(file.seenBytes, 3 * blocks);
    assert.equal(file.lack, '');
    assert.equal(file.sha256, sha256Of(Buffer.from('ABC'.repeat(blocks))));
  });

  it('takes white space in base64, and addresses in any case', () => {
    const lab = new FilesLab();
    const [one, two] = [fromAlice(lab), toBob(lab)];
    one.open();
    one.data(' QUJD\nREVG\r\n ', 0, 's1', 'Alice@Corp.example/desk', 'BOB@corp.example/desk');
    two.data('QUJDREVG', 0);
    two.data('R0g=', 1);
    two.close();
    assert.equal(only(lab.finish()).sha256, sha256Of(Buffer.from('ABCDEFGH')));
  });

  it('without a number counts on', () => {
    const lab = new FilesLab();
    const [one, two] = [fromAlice(lab), toBob(lab)];
    for (const leg of [one, two]) leg.open();
    for (const text of ['QUJD', 'REVG', 'R0hJ']) for (const leg of [one, two]) leg.data(text, '');
    for (const leg of [one, two]) leg.close();
    assert.equal(only(lab.finished).sha256, sha256Of(Buffer.from('ABCDEFGHI')));
  });
});

describe('in-band data on several legs', () => {
  const bytes = bytesOf(1000);

  function legs(lab: FilesLab, form: 'iq' | 'message' = 'iq'): Leg[] {
    return [fromAlice(lab, form), new Leg(link(lab.lab), 'c', form), toBob(lab, form)];
  }

  it('is one file over servers', () => {
    const lab = new FilesLab();
    const all = legs(lab);
    for (const leg of all) leg.open();
    for (let seq = 0; seq < 10; seq++) for (const leg of all) leg.block(bytes, seq);
    for (const leg of all) leg.close();
    lab.finish();
    assert.equal(only(lab.finished).sha256, sha256Of(bytes));
  });

  it('a leg that is late brings copies only', () => {
    const lab = new FilesLab();
    const all = legs(lab, 'message');
    for (const leg of all) {
      leg.open();
      for (let seq = 0; seq < 10; seq++) leg.block(bytes, seq);
      leg.close();
    }
    lab.finish();
    assert.equal(only(lab.finished).sha256, sha256Of(bytes));
  });

  it('what one leg lost another brings', () => {
    const lab = new FilesLab();
    const all = legs(lab, 'message');
    for (const leg of all) leg.open();
    for (const [i, leg] of all.entries()) {
      for (let seq = 0; seq < 10; seq++) {
        if (seq % 3 !== i || seq === 9) leg.block(bytes, seq);
        else leg.flow.gap(leg === all[0] ? 0 : 1);
      }
    }
    for (const leg of all) leg.close();
    const file = only(lab.finished);
    assert.equal(file.sha256, sha256Of(bytes));
    assert.equal(file.lack, '');
  });

  it('the end of what no leg vouches for is a gap', () => {
    const lab = new FilesLab();
    const [one, two] = [fromAlice(lab), toBob(lab)];
    for (const leg of [one, two]) leg.open();
    for (const leg of [one, two]) leg.block(bytes, 0);
    one.flow.gap(0);
    two.flow.gap(1);
    for (const leg of [one, two]) leg.close();
    assert.equal(lab.finished.length, 0);
    lab.wait(30);
    const file = only(lab.finished);
    assert.deepEqual([file.lack, file.sha256, file.seenBytes], ['gap', '', 100]);
  });

  it('the end is believed from the leg that lost nothing', () => {
    const lab = new FilesLab();
    const [one, two] = [fromAlice(lab), toBob(lab)];
    for (const leg of [one, two]) leg.open();
    one.block(bytes.subarray(0, 200), 0);
    one.flow.gap(0);
    one.close();
    two.block(bytes.subarray(0, 200), 0);
    two.block(bytes.subarray(0, 200), 1);
    two.close();
    const file = only(lab.finished);
    assert.equal(file.sha256, sha256Of(bytes.subarray(0, 200)));
  });

  it('the size of the offer vouches as well', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    offerBySi(leg, 1000);
    leg.open();
    for (let seq = 0; seq < 10; seq++) leg.block(bytes, seq);
    leg.flow.gap(0);
    leg.close();
    assert.equal(only(lab.finished).sha256, sha256Of(bytes));
  });

  it('a block cut by a hole is taken from the other leg', () => {
    const lab = new FilesLab();
    const [one, two] = [fromAlice(lab), toBob(lab)];
    for (const leg of [one, two]) leg.open();
    one.say(`<iq type='set' id='d0' to='${BOB}'><data xmlns='${IBB}' sid='s1' seq='0'>QUJD`);
    one.flow.gap(0);
    one.say('<presence/>');
    two.data('QUJDREVG', 0);
    two.close();
    assert.equal(only(lab.finished).sha256, sha256Of(Buffer.from('ABCDEF')));
  });

  it('the opening that one leg lost is seen on another', () => {
    for (const first of [0, 3]) {
      const lab = new FilesLab();
      const [one, two] = [fromAlice(lab, 'message'), toBob(lab, 'message')];
      one.flow.gap(0);
      for (let seq = first; seq < 10; seq++) one.block(bytes, seq);
      two.open();
      for (let seq = 0; seq < 10; seq++) two.block(bytes, seq);
      for (const leg of [one, two]) leg.close();
      // Without a whole leg, and without an offer, block 0 may be the 65536th.
      const file = only(lab.finished);
      assert.deepEqual([file.lack, file.sha256], ['', sha256Of(bytes)]);
    }
  });

  it('in a room, where addresses change, is told once', () => {
    const lab = new FilesLab();
    const [one, two] = [fromAlice(lab), toBob(lab)];
    one.open('o1', 's1', "to='room@muc.corp.example/bob'");
    two.open('o2', 's1', `from='room@muc.corp.example/alice' to='${BOB}'`);
    one.data('QUJD', 0, 's1', ALICE, 'room@muc.corp.example/bob');
    two.data('QUJD', 0, 's1', 'room@muc.corp.example/alice', BOB);
    one.close('s1', ALICE, 'room@muc.corp.example/bob');
    two.close('s1', 'room@muc.corp.example/alice', BOB);
    assert.equal(only(lab.finished).sha256, sha256Of(Buffer.from('ABC')));
  });
});

describe('in-band data that is not whole', () => {
  const bytes = bytesOf(1000);

  it('a block that nobody brought is a gap of its size', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    leg.open();
    for (const seq of [0, 1, 4, 5]) leg.block(bytes, seq);
    leg.close();
    lab.wait(30);
    const { lack, gapBytes, seenBytes, content, sha256 } = only(lab.finished);
    assert.deepEqual([lack, gapBytes, seenBytes, sha256], ['gap', 200, 400, '']);
    assert.deepEqual(content, bytes.slice(0, 200));
  });

  it('what is missing of the announced size is counted once', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    offerBySi(leg, 600);
    leg.open();
    for (const seq of [0, 1, 3]) leg.block(bytes, seq);
    leg.flow.gap(0);
    leg.close();
    lab.wait(30);
    const { lack, gapBytes, seenBytes, expectedBytes } = only(lab.finished);
    assert.deepEqual([lack, gapBytes, seenBytes, expectedBytes], ['gap', 300, 300, 600]);
  });

  it('a jump too far to be waited for is one at once', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    leg.open();
    leg.block(bytes, 0);
    leg.data('QUJD', 40_000 - 30_000);
    leg.data('REVG', 10_001);
    leg.close();
    const { lack, gapBytes, seenBytes } = only(lab.finished);
    assert.deepEqual([lack, gapBytes, seenBytes], ['gap', 9_999 * 100, 106]);
  });

  it('blocks wait within their memory only', () => {
    const lab = new FilesLab({ limits: { filesIbbHeldBytes: 250 } });
    const [one, two] = [fromAlice(lab), toBob(lab)];
    one.open();
    for (const seq of [0, 2, 3, 4]) one.block(bytes, seq);
    two.block(bytes, 1);
    one.close();
    const { lack, gapBytes, seenBytes } = only(lab.finish());
    assert.deepEqual([lack, gapBytes, seenBytes], ['gap', 100, 400]);
  });

  it('wrong base64 is a gap of unknown length', () => {
    for (const text of ['QUJ', 'Q', 'QUJD$', 'QQ==QQ==', 'QUJD\u00e4', '=', 'QUI=C']) {
      const lab = new FilesLab();
      const leg = fromAlice(lab);
      leg.open();
      leg.block(bytes, 0);
      leg.data(text, 1);
      leg.block(bytes, 2);
      leg.close();
      const { lack, gapBytes, seenBytes } = only(lab.finished);
      const isFine = text === 'QUJ';
      assert.deepEqual([lack, gapBytes, seenBytes], isFine ? ['', 0, 202] : ['gap', 0, 200], text);
    }
  });

  it('a number twice on one leg leaves open what the file is', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    leg.open();
    leg.data('QUJD', 0);
    leg.data('QUJE', 0);
    leg.data('QUJF', 1);
    leg.close();
    const { lack, sha256 } = only(lab.finished);
    assert.deepEqual([lack, sha256], ['gap', '']);
  });

  it('begun before the capture it has no start', () => {
    const lab = new FilesLab();
    const leg = new Leg(client(lab.lab, BOB), 's');
    for (const seq of [4, 5, 6]) leg.block(bytes, seq);
    leg.close();
    const { lack, seenBytes, content, hasStart } = only(lab.finished);
    assert.deepEqual([lack, seenBytes, hasStart], ['no_start', 300, false]);
    assert.deepEqual(content, bytes.slice(400, 700));
  });

  it('block 0 of what nobody opened may be the 65536th', () => {
    const lab = new FilesLab();
    const leg = new Leg(client(lab.lab, BOB), 's');
    leg.block(bytes, 0);
    leg.close();
    assert.equal(only(lab.finished).lack, 'no_start');
  });

  it('closed before the announced size it is cut off', () => {
    const lab = new FilesLab();
    const [one, two] = [fromAlice(lab), toBob(lab)];
    offerBySi(one, 1000);
    for (const leg of [one, two]) leg.open();
    for (let seq = 0; seq < 5; seq++) for (const leg of [one, two]) leg.block(bytes, seq);
    for (const leg of [one, two]) leg.close();
    const { lack, seenBytes, sha256, content } = only(lab.finished);
    assert.deepEqual([lack, seenBytes, sha256], ['cut_off', 500, '']);
    assert.deepEqual(content, bytes.slice(0, 500));
  });

  it('closed by who receives it, it is cut off, unless all had come', () => {
    for (const size of [-1, 200, 300]) {
      const lab = new FilesLab();
      const leg = fromAlice(lab);
      if (size >= 0) offerBySi(leg, size);
      leg.open();
      for (const seq of [0, 1]) leg.block(bytes, seq);
      leg.flow.s(
        `<iq type='set' id='r' from='${BOB}' to='${ALICE}'><close xmlns='${IBB}' sid='s1'/></iq>`,
      );
      assert.equal(only(lab.finished).lack, size === 200 ? '' : 'cut_off');
    }
  });

  it('refused in an answer it is cut off', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    leg.open();
    leg.block(bytes, 0);
    leg.flow.s(
      `<iq type='error' id='other' from='${BOB}' to='${ALICE}'><error type='cancel'/></iq>`,
    );
    assert.equal(lab.finished.length, 0);
    leg.flow.s(
      `<iq type='error' id='d0' from='${BOB}' to='${ALICE}'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
    );
    const { lack, seenBytes } = only(lab.finished);
    assert.deepEqual([lack, seenBytes], ['cut_off', 100]);
  });

  it('refused before a byte came it is no file', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    leg.open();
    leg.flow.s(
      `<iq type='error' id='o1' from='${BOB}' to='${ALICE}'><open xmlns='${IBB}' sid='s1'/><error type='cancel'/></iq>`,
    );
    assert.deepEqual(lab.finish(), []);
  });

  it('never closed it ends when its size is reached and nothing follows', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    offerBySi(leg, 200);
    leg.open();
    for (const seq of [0, 1]) leg.block(bytes, seq);
    lab.wait(2);
    assert.equal(lab.finished.length, 0);
    // What is behind the announced size counts as well.
    leg.block(bytes, 2);
    lab.wait(20);
    const { lack, seenBytes, sha256 } = only(lab.finished);
    assert.deepEqual([lack, seenBytes, sha256], ['', 300, sha256Of(bytes.subarray(0, 300))]);
  });

  it('goes on behind the size that was announced, however late, and behind an end by its receiver', () => {
    for (const end of ['pause', 'refusal', 'close']) {
      const lab = new FilesLab();
      const leg = fromAlice(lab);
      offerBySi(leg, 100);
      leg.open();
      leg.block(bytes, 0);
      if (end === 'pause') lab.wait(20);
      if (end === 'refusal') {
        leg.flow.s(
          `<iq type='error' id='d0' from='${BOB}' to='${ALICE}'><error type='cancel'/></iq>`,
        );
      }
      if (end === 'close') {
        leg.flow.s(
          `<iq type='set' id='r' from='${BOB}' to='${ALICE}'><close xmlns='${IBB}' sid='s1'/></iq>`,
        );
      }
      assert.equal(lab.finished.length, 1);
      for (let seq = 1; seq < 9; seq++) leg.block(bytes, seq);
      const [, rest] = lab.finish();
      assert.ok(rest !== undefined, end);
      assert.notEqual(rest.lack, '');
      assert.ok(rest.seenBytes >= 400, end);
    }
  });

  it('a number that its leg brought before is no late copy', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    offerBySi(leg, 100);
    leg.open();
    leg.block(bytes, 0);
    lab.wait(20);
    leg.data(base64Of(bytes), 0);
    assert.equal(lab.finish().length, 2);
  });

  it('never closed and of unknown size it is unfinished after a while, or at the end', () => {
    for (const isEnd of [true, false]) {
      const lab = new FilesLab();
      const leg = fromAlice(lab);
      leg.open();
      leg.block(bytes, 0);
      lab.wait(100);
      assert.equal(lab.finished.length, 0);
      if (isEnd) lab.finish();
      else lab.wait(300);
      assert.equal(only(lab.finished).lack, 'unfinished');
    }
  });
});

describe('the name of an in-band stream', () => {
  const bytes = bytesOf(400);

  it('used again is another file, also with the same ids', () => {
    const lab = new FilesLab();
    const [one, two] = [fromAlice(lab), toBob(lab)];
    for (const text of ['QUJD', 'REVG']) {
      for (const leg of [one, two]) leg.open();
      for (const leg of [one, two]) leg.data(text, 0);
      for (const leg of [one, two]) leg.close();
    }
    assert.deepEqual(
      lab.finished.map(({ sha256 }) => sha256),
      ['ABC', 'DEF'].map((text) => sha256Of(Buffer.from(text))),
    );
  });

  it('opened again in the middle ends what was before', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    leg.open('o1');
    leg.block(bytes, 0);
    leg.open('o2');
    leg.block(bytes, 0);
    leg.block(bytes, 1);
    leg.close();
    assert.deepEqual(
      lab.finished.map(({ lack, seenBytes }) => [lack, seenBytes]),
      [
        ['cut_off', 100],
        ['', 200],
      ],
    );
  });

  it('goes on behind its end without being opened', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    leg.open();
    leg.data('QUJD', 0);
    leg.close();
    leg.data('REVG', 1);
    leg.data('R0hJ', 2);
    lab.finish();
    assert.equal(lab.finished.length, 2);
    assert.deepEqual(Buffer.from((lab.finished[1] as FinishedFile).content).toString(), 'DEFGHI');
    assert.equal(lab.finished[1]?.lack, 'no_start');
  });

  it('is one of its parties: others may use it too', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    leg.open();
    leg.open('o1', 's1', `from='${ALICE}' to='carol@corp.example/x'`);
    leg.block(bytes, 0);
    leg.data('QUJD', 0, 's1', ALICE, 'carol@corp.example/x');
    leg.close();
    leg.close('s1', ALICE, 'carol@corp.example/x');
    assert.deepEqual(
      lab.finished.map(({ offer, seenBytes }) => [offer?.to, seenBytes]),
      [
        [BOB, 100],
        ['carol@corp.example/x', 3],
      ],
    );
  });

  it('errors that repeat data are no data', () => {
    const lab = new FilesLab();
    const leg = fromAlice(lab);
    leg.open();
    leg.block(bytes, 0);
    leg.flow.s(
      `<iq type='error' id='zz' from='${ALICE}' to='${BOB}'><data xmlns='${IBB}' sid='s1' seq='1'>QUJD</data><error type='cancel'/></iq>`,
    );
    leg.close();
    assert.equal(only(lab.finished).seenBytes, 100);
  });

  it('streams are bounded: the one unused for longest is unfinished', () => {
    const lab = new FilesLab({ limits: { filesIbbStreams: 8 } });
    const leg = fromAlice(lab);
    for (let i = 0; i < 40; i++) {
      leg.open(`o${i}`, `s${i}`);
      leg.data('QUJD', 0, `s${i}`);
    }
    assert.ok(lab.finished.length >= 32);
    assert.ok(lab.finished.every(({ lack }) => lack === 'unfinished'));
    assert.ok(lab.desk.openFiles <= 8);
  });
});

describe('without files.inspect', () => {
  it('the other watches see the same', () => {
    const lab = new CorrelationLab();
    const leg = new Leg(lab.flow(), 'c');
    logIn(leg.flow, 'alice');
    leg.data('QUJD', 3, 'zz');
    assert.equal(lab.of('service.ibb_unknown').length, 1);
  });
});
