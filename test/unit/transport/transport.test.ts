import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FlowHarness, FlowHarnessOptions } from '../../support/flow-harness.ts';
import { TransportHarness } from './harness.ts';

const HEADER = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`;
const ODD = { clientPort: 40000, serverPort: 7777 };

/** A connection after its handshake. */
function connected(options: FlowHarnessOptions = {}): [TransportHarness, FlowHarness] {
  const harness = new TransportHarness(options);
  return [harness, harness.flows.handshake()];
}

/** Without the names of the packets' payload: consecutive pieces of one side become one. */
function joined(log: readonly string[]): string[] {
  const lines: string[] = [];
  for (const line of log) {
    const last = lines.at(-1);
    if (last !== undefined && /^[CS] [^[]/.test(line) && last.startsWith(line.slice(0, 2))) {
      lines[lines.length - 1] = last + line.slice(2);
    } else lines.push(line);
  }
  return lines;
}

describe('verdict XMPP', () => {
  it('by the first segment: bytes go on where they lie', () => {
    const [harness, flows] = connected();
    flows.send('C', 'PA', HEADER).send('S', 'PA', 'answer').send('C', 'PA', '<presence/>');
    flows.table.shutdown();
    assert.deepEqual(harness.log, [
      'xmpp',
      `C ${HEADER}`,
      'S answer',
      'C <presence/>',
      'close shutdown xmpp',
    ]);
    assert.equal(flows.counters.get('xmppFlows'), 1);
    assert.equal(flows.counters.get('probedFlows'), 1);
  });

  it('on an odd port is told', () => {
    const [harness, flows] = connected(ODD);
    flows.send('C', 'PA', HEADER);
    assert.deepEqual(harness.log, ['xmpp', '!transport.xmpp_on_odd_port', `C ${HEADER}`]);
  });

  for (const [place, options] of [
    ['an odd port', ODD],
    ['a stream port', {}],
  ] as const) {
    it(`is the same at every segmentation, on ${place}`, () => {
      const said = `<?xml version='1.0'?>${HEADER}<presence/>`;
      for (let size = 1; size < said.length; size = size < 9 ? size + 1 : size * 2) {
        const [harness, flows] = connected(options);
        for (let at = 0; at < said.length; at += size) {
          flows.send('C', 'PA', said.slice(at, at + size));
        }
        const lines = joined(harness.log).filter((line) => !line.startsWith('!'));
        assert.deepEqual(lines, ['xmpp', `C ${said}`], `segments of ${size}`);
      }
    });
  }

  it('replays both halves in the order in which they came', () => {
    const [harness, flows] = connected(ODD);
    flows.send('C', 'PA', '<?xml ').send('S', 'PA', '  ').send('C', 'PA', `version='1.0'?>`);
    flows.send('S', 'PA', '\n').send('C', 'PA', HEADER.slice(0, 20));
    assert.deepEqual(harness.log, []);
    flows.send('C', 'PA', HEADER.slice(20));
    assert.deepEqual(harness.log, [
      'xmpp',
      '!transport.xmpp_on_odd_port',
      'C <?xml ',
      'S   ',
      `C version='1.0'?>`,
      'S \n',
      `C ${HEADER}`,
    ]);
  });

  it('by the answer of the server, when the client began with something else', () => {
    const [harness, flows] = connected();
    flows
      .send('C', 'PA', 'GET / HTTP/1.1\r\n\r\n')
      .send('S', 'PA', `<?xml version='1.0'?>${HEADER}`);
    assert.deepEqual(harness.log.slice(0, 2), ['xmpp', 'C GET / HTTP/1.1\r\n\r\n']);
  });

  it('by the end of the flow, when a stream port saw XML without end', () => {
    const [harness, flows] = connected();
    flows.send('C', 'PA', '<!DOCTYPE bomb [ <!ENTITY a "b">').send('C', 'FA').send('S', 'FA');
    assert.deepEqual(harness.log, [
      'xmpp',
      'C <!DOCTYPE bomb [ <!ENTITY a "b">',
      'close closed xmpp',
    ]);
  });

  it('when no more can be held, on a stream port', () => {
    const limits = { transportProbeBytes: 128 };
    const [harness, flows] = connected({ limits });
    const said = `<?xml version='1.0'?><!-- ${'x'.repeat(300)}`;
    flows.send('C', 'PA', said.slice(0, 100)).send('C', 'PA', said.slice(100));
    assert.deepEqual(joined(harness.log), ['xmpp', `C ${said}`]);
  });

  it('a first segment larger than what can be held is judged and delivered whole', () => {
    const limits = { transportProbeBytes: 128 };
    const [harness, flows] = connected({ limits });
    const said = `${HEADER}${'<presence/>'.repeat(50)}`;
    flows.send('C', 'PA', said);
    assert.deepEqual(joined(harness.log), ['xmpp', `C ${said}`]);
  });

  it('tells events of the flow that came before it, and those that come after', () => {
    const harness = new TransportHarness();
    harness.flows.send('C', 'S', 'x').send('S', 'SA', '', { ack: 0 });
    harness.flows.send('C', 'PAU', HEADER, { at: 0, urgentPointer: 1 });
    harness.flows.send('C', 'PA', 'XXX', { at: 0 });
    assert.deepEqual(harness.log, [
      'xmpp',
      '!flow.syn_with_data',
      '!flow.urgent_data',
      `C ${HEADER}`,
      '!reassembly.overlap_diff_data',
    ]);
  });
});

describe('gaps while a flow is probed', () => {
  it('at the start of a half: the half is looked at as from its middle', () => {
    const [harness, flows] = connected();
    flows.send('C', 'PA', '<message/>', { at: 50 }).send('S', 'A', '', { ack: 60 }).wait(60_000);
    assert.deepEqual(harness.log, [
      'xmpp midstream',
      '!flow.ack_unseen_data',
      '!reassembly.gap',
      'C [50]',
      'C <message/>',
    ]);
  });

  it('between undecided bytes are replayed in their place', () => {
    const [harness, flows] = connected(ODD);
    flows.send('C', 'PA', '<?xml ').send('C', 'PA', HEADER, { at: 16 });
    flows.send('S', 'A', '', { ack: 16 + HEADER.length }).wait(60_000);
    const lines = harness.log.filter((line) => !line.startsWith('!'));
    assert.deepEqual(lines, ['xmpp', 'C <?xml ', 'C [10]', `C ${HEADER}`]);
  });
});

describe('picked up in the middle', () => {
  it('on a stream port: a stanza is enough, the other half follows', () => {
    const harness = new TransportHarness();
    harness.flows.send('S', 'PA', 'ge></stream:error>').send('C', 'PA', '<presence/>');
    assert.deepEqual(harness.log.slice(0, 3), [
      'xmpp midstream',
      'S ge></stream:error>',
      'C <presence/>',
    ]);
  });

  it('inside a stanza larger than what can be held, the next one is found', () => {
    const limits = { transportProbeBytes: 128 };
    const harness = new TransportHarness({ limits });
    for (let i = 0; i < 20; i++) harness.flows.send('C', 'PA', 'QUJD'.repeat(20));
    assert.deepEqual(harness.log, []);
    harness.flows.send('C', 'PA', '</data></iq><message/>');
    assert.equal(harness.log[0], 'xmpp midstream');
    assert.ok(harness.log.join('').endsWith('</data></iq><message/>'));
  });

  it('but not for ever', () => {
    const limits = { transportProbeBytes: 128, transportMidstreamBytes: 1000 };
    const harness = new TransportHarness({ limits });
    for (let i = 0; i < 20; i++) harness.flows.send('C', 'PA', 'QUJD'.repeat(20));
    harness.flows.send('C', 'PA', '<message/>');
    assert.deepEqual(harness.log, []);
    assert.equal(harness.flows.counters.get('notXmppFlows'), 1);
  });

  it('at a stream header it is no midstream', () => {
    const harness = new TransportHarness();
    harness.flows.send('C', 'PA', HEADER);
    assert.equal(harness.log[0], 'xmpp');
  });

  it('a header of one half after bytes of the other is', () => {
    const harness = new TransportHarness();
    harness.flows.send('S', 'PA', 'rest of a stanza').send('C', 'PA', HEADER);
    assert.equal(harness.log[0], 'xmpp midstream');
  });

  it('inside TLS it is encrypted, and no alarm', () => {
    const harness = new TransportHarness();
    harness.flows.send('S', 'PA', Buffer.of(0x17, 3, 3, 0, 50, 1, 2, 3));
    harness.flows.table.shutdown();
    assert.deepEqual(harness.log, ['close shutdown tls']);
    assert.equal(harness.flows.counters.get('encryptedStarttls'), 1);
  });

  it('inside a TLS record, where nothing can be told, it is no alarm either', () => {
    const harness = new TransportHarness();
    harness.flows.send('C', 'PA', '\x80\x81\x01\x02').send('S', 'PA', '\x80\x81\x01\x02');
    assert.deepEqual(harness.log, []);
    assert.equal(harness.flows.counters.get('notXmppFlows'), 1);
  });
});

describe('other verdicts', () => {
  const hello = Buffer.from(
    '\x16\x03\x01\x00\x20\x01\x00\x00\x1c\x03\x03......\x0bxmpp-client.........',
    'latin1',
  );

  it('direct TLS on a stream port is told once and costs nothing more', () => {
    const [harness, flows] = connected({ serverPort: 5223 });
    flows.send('C', 'PA', hello).send('S', 'PA', hello).send('C', 'PA', HEADER);
    flows.table.shutdown();
    assert.deepEqual(harness.log, ['!transport.tls_direct', 'close shutdown tls']);
    assert.equal(flows.counters.get('encryptedDirect'), 1);
    assert.equal(flows.counters.get('tcpSeenBytes'), hello.length);
  });

  it('TLS on another port is XMPP when it says so', () => {
    const [harness, flows] = connected({ serverPort: 443 });
    flows.send('C', 'PA', hello.subarray(0, 20)).send('C', 'PA', hello.subarray(20));
    assert.deepEqual(harness.log, ['!transport.tls_direct']);
    const [silent, web] = connected({ serverPort: 443 });
    web.send('C', 'PA', Buffer.from(hello.toString('latin1').replace('xmpp', 'abcd'), 'latin1'));
    assert.deepEqual(silent.log, []);
    assert.equal(web.counters.get('encryptedDirect'), 0);
    assert.equal(web.counters.get('notXmppFlows'), 1);
  });

  it('another protocol on a stream port is told when both sides speak it', () => {
    const [harness, flows] = connected();
    flows.send('S', 'PA', 'SSH-2.0-x\r\n');
    assert.deepEqual(harness.log, []);
    flows.send('C', 'PA', 'SSH-2.0-y\r\n');
    assert.deepEqual(harness.log, ['!transport.not_xmpp_on_xmpp_port']);
    flows.send('C', 'PA', HEADER);
    assert.equal(flows.counters.get('notXmppFlows'), 1);
  });

  it('or when one side has said enough of it, or the flow ends', () => {
    const limits = { transportProbeBytes: 64 };
    const [harness, flows] = connected({ limits });
    flows.send('C', 'PA', 'GET / HTTP/1.1\r\n').send('C', 'PA', 'x'.repeat(60));
    assert.deepEqual(harness.log, ['!transport.not_xmpp_on_xmpp_port']);
    const [ended, short] = connected();
    short.send('C', 'PA', 'GET / HTTP/1.1\r\n').send('C', 'FA').send('S', 'FA');
    assert.deepEqual(ended.log, ['!transport.not_xmpp_on_xmpp_port', 'close closed failed']);
  });

  it('another protocol elsewhere is silent and ignored at once', () => {
    const [harness, flows] = connected({ serverPort: 80 });
    flows.send('C', 'PA', 'GET / HTTP/1.1\r\n\r\n').send('S', 'PA', HEADER);
    flows.table.shutdown();
    assert.deepEqual(harness.log, ['close shutdown failed']);
    assert.equal(flows.counters.get('tcpSeenBytes'), 18);
  });

  it('a web port of XMPP servers expects the web', () => {
    const [harness, flows] = connected({ serverPort: 5280 });
    flows.send('C', 'PA', 'POST /http-bind HTTP/1.1\r\n\r\n');
    assert.deepEqual(harness.log, []);
  });

  it('a flow without data is no flow to judge', () => {
    const [harness, flows] = connected();
    flows.send('C', 'FA').send('S', 'FA');
    assert.deepEqual(harness.log, ['close closed failed']);
    assert.equal(flows.counters.get('probedFlows'), 0);
    assert.equal(flows.counters.get('notXmppFlows'), 0);
  });

  it('events of other flows stay back, those of the sensor do not', () => {
    const limits = { flowTableFlows: 1 };
    const [harness, flows] = connected({ serverPort: 80, limits });
    flows.send('C', 'PAU', 'GET /', { urgentPointer: 1 });
    const other = { srcPort: 999, at: 0, ack: 0 };
    flows.send('C', 'PA', 'x', other);
    assert.deepEqual(harness.log, ['!flow.table_full', 'close evicted failed']);
  });
});

describe('setEncrypted', () => {
  for (const [how, event, counter] of [
    ['starttls', '!transport.starttls_done', 'encryptedStarttls'],
    ['compressed', '!transport.compressed', 'encryptedCompressed'],
  ] as const) {
    it(`${how}: called while bytes are handed on, nothing follows`, () => {
      const [harness, flows] = connected();
      harness.onText = (flow, text) => {
        if (text.includes('proceed')) harness.transport.setEncrypted(flow, how);
      };
      flows.send('C', 'PA', HEADER).send('S', 'PA', 'xyz', { at: 10 });
      flows.send('S', 'PA', '<proceed/>', { at: 0 }).send('C', 'PA', 'ClientHello');
      flows.table.shutdown();
      assert.deepEqual(harness.log, [
        'xmpp',
        `C ${HEADER}`,
        'S <proceed/>',
        event,
        'close shutdown xmpp',
      ]);
      assert.equal(flows.counters.get(counter), 1);
      harness.transport.setEncrypted(flows.flow, how);
      assert.equal(flows.counters.get(counter), 1, 'only once');
    });
  }

  it('ends a replay', () => {
    const [harness, flows] = connected(ODD);
    harness.onText = (flow) => {
      harness.transport.setEncrypted(flow, 'starttls');
    };
    flows.send('C', 'PA', '<?xml ').send('S', 'PA', ' ').send('C', 'PA', `?>${HEADER}`);
    const lines = harness.log.filter((line) => /^[CS] /.test(line));
    assert.deepEqual(lines, ['C <?xml ']);
  });
});

describe('behind STARTTLS', () => {
  /** What the handler sees of the next layer. */
  function sealed(isEnough: (text: string) => boolean): [string[], FlowHarness] {
    const [harness, flows] = connected();
    const seen: string[] = [];
    Object.assign(harness, {
      onNextLayer: (
        flow: number,
        direction: number,
        bytes: Uint8Array,
        offset: number,
        length: number,
      ): void => {
        const text = Buffer.from(bytes.subarray(offset, offset + length)).toString('latin1');
        seen.push(`${direction === 0 ? 'C' : 'S'} ${text.slice(0, 20)}`);
        if (isEnough(text)) harness.transport.stopReading(flow);
      },
    });
    harness.onText = (flow, text) => {
      if (text.includes('proceed')) harness.transport.setEncrypted(flow, 'starttls');
    };
    flows.send('C', 'PA', HEADER).send('S', 'PA', '<proceed/>');
    return [seen, flows];
  }

  it('shows how the next layer begins, until the handler has seen enough', () => {
    const [seen, flows] = sealed((text) => text === 'ServerHello');
    flows.send('C', 'PA', 'ClientHello').send('S', 'PA', 'ServerHello').send('C', 'PA', 'data');
    assert.deepEqual(seen, ['C ClientHello', 'S ServerHello']);
  });

  it('ends by itself where one side is not captured', () => {
    const [seen, flows] = sealed(() => false);
    for (let i = 0; i < 100; i++) flows.send('C', 'PA', 'x'.repeat(1000));
    assert.ok(seen.length > 1 && seen.length < 20, String(seen.length));
  });
});

describe('limits', () => {
  it('undecided flows beyond the limit: the one waiting longest is judged by what it said', () => {
    const limits = { transportProbeFlows: 2 };
    const harness = new TransportHarness({ limits });
    for (const port of [1, 2, 3]) {
      harness.flows.send('C', 'S', '', { srcPort: port, ack: 0 });
      harness.flows.send('C', 'PA', '<?xml ', { srcPort: port, at: 0, ack: 0 });
    }
    assert.deepEqual(harness.log, ['xmpp', 'C <?xml ']);
    harness.flows.send('C', 'PA', `?>${HEADER}`, { srcPort: 3, at: 6, ack: 0 });
    assert.deepEqual(harness.log.slice(2), ['xmpp', `C <?xml ?>${HEADER}`]);
  });

  it('halves that take turns too often are judged', () => {
    const [harness, flows] = connected(ODD);
    for (let i = 0; i < 200; i++) flows.send('C', 'PA', ' ').send('S', 'PA', ' ');
    assert.deepEqual(harness.log, []);
    assert.equal(flows.counters.get('notXmppFlows'), 1);
  });
});
