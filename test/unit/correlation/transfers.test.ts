import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CorrelationLab, logIn, type LabFlow } from '../../support/correlation-lab.ts';

const IBB = 'http://jabber.org/protocol/ibb';
const BOB = 'bob@corp.example/desk';

function session(lab: CorrelationLab): LabFlow {
  const flow = lab.flow();
  logIn(flow, 'alice');
  return flow;
}

function open(flow: LabFlow, size = 16): void {
  flow.c(
    `<iq type='set' id='o' to='${BOB}'><open xmlns='${IBB}' sid='s1' block-size='${size}' stanza='iq'/></iq>`,
  );
}

function data(flow: LabFlow, seq: number | string, text = 'QUJD', sid = 's1'): void {
  flow.c(
    `<iq type='set' id='d${seq}' to='${BOB}'><data xmlns='${IBB}' sid='${sid}' seq='${seq}'>${text}</data></iq>`,
  );
}

describe('in-band bytestreams', () => {
  for (const pieceBytes of [1, 13, Infinity]) {
    it(`a sound transfer is silent, in pieces of ${pieceBytes}`, () => {
      const lab = new CorrelationLab({ pieceBytes });
      const flow = session(lab);
      open(flow);
      for (let seq = 0; seq < 5; seq++) data(flow, seq, 'QUJDREVGR0hJSktMTU5PUA==');
      flow.s(
        `<iq type='set' id='x' from='${BOB}'><data xmlns='${IBB}' sid='s1' seq='0'>QQ==</data></iq>`,
      );
      flow.c(`<iq type='set' id='c' to='${BOB}'><close xmlns='${IBB}' sid='s1'/></iq>`);
      assert.deepEqual(
        lab.raised.filter(({ event }) => event.startsWith('service.ibb')),
        [],
      );
    });
  }

  it('the number wraps at 65536', () => {
    const lab = new CorrelationLab();
    const flow = lab.flow({ midstream: true });
    data(flow, 65_534);
    data(flow, 65_535);
    data(flow, 0);
    data(flow, 1);
    assert.deepEqual(lab.of('service.ibb_sequence'), []);
  });

  it('out of sequence, unknown, too large, no base64', () => {
    const lab = new CorrelationLab();
    const flow = session(lab);
    open(flow);
    data(flow, 0);
    data(flow, 2);
    assert.equal(lab.of('service.ibb_sequence').length, 1);
    data(flow, 7, 'QUJD', 'other');
    assert.equal(lab.of('service.ibb_unknown').length, 1);
    data(flow, 3, 'QUJDREVGR0hJSktMTU5PUFE=');
    assert.equal(lab.of('service.ibb_block')[0]?.context['bytes'], 17);
    data(flow, 4, 'QUJD\u00e4');
    data(flow, 5, 'QQ==QQ==');
    data(flow, 6, ' QUJD\nREVG ');
    assert.equal(lab.of('service.ibb_encoding').length, 2);
  });

  it('a gap explains a missing number', () => {
    const lab = new CorrelationLab();
    const flow = session(lab);
    open(flow);
    data(flow, 0);
    flow.gap(0);
    data(flow, 2);
    data(flow, 3, 'QUJD', 'other');
    assert.deepEqual(
      lab.raised.filter(({ event }) => event.startsWith('service.ibb')),
      [],
    );
  });
});
