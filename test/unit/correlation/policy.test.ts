import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CorrelationLab, logIn, type LabFlow } from '../../support/correlation-lab.ts';

function session(lab: CorrelationLab, user = 'alice', domain?: string): LabFlow {
  const flow = lab.flow();
  logIn(flow, user, domain, `x${user}`);
  return flow;
}

function caps(flow: LabFlow, node: string): void {
  flow.c(
    `<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='${node}' ver='x'/></presence>`,
  );
}

describe('new clients', () => {
  it('are told once for each domain, when the client has said who it is', () => {
    const lab = new CorrelationLab();
    const first = session(lab);
    caps(first, 'https://gajim.org');
    assert.deepEqual(lab.of('policy.new_client'), []);
    lab.wait(61);
    first.c('<presence/>');
    const second = session(lab, 'bob');
    caps(second, 'https://gajim.org');
    second.close();
    assert.equal(lab.of('policy.new_client').length, 1);
    const elsewhere = session(lab, 'carol', 'dept.example');
    caps(elsewhere, 'https://gajim.org');
    elsewhere.close();
    assert.equal(lab.of('policy.new_client').length, 2);
    first.close();
    assert.equal(lab.of('policy.new_client').length, 2);
  });

  it('a client that says nothing of itself is none', () => {
    const lab = new CorrelationLab();
    session(lab).close();
    assert.deepEqual(lab.of('policy.new_client'), []);
  });
});

describe('end-to-end encryption', () => {
  const OMEMO =
    "<encrypted xmlns='eu.siacs.conversations.axolotl'><payload>QQ==</payload></encrypted>";

  it('is told once for each conversation and kind, whoever begins', () => {
    const lab = new CorrelationLab();
    const flow = session(lab);
    flow.c(`<message to='bob@corp.example' id='1'>${OMEMO}<body>fallback</body></message>`);
    flow.s(`<message from='bob@corp.example/x' id='2'>${OMEMO}</message>`);
    flow.c(`<message to='bob@corp.example' id='3'>${OMEMO}</message>`);
    assert.equal(lab.of('policy.e2ee').length, 1);
    flow.c("<message to='bob@corp.example' id='4'><body>?OTR:AAMD</body></message>");
    flow.c("<message to='carol@corp.example' id='5'><body>?OTRv23?</body></message>");
    assert.deepEqual(
      lab.of('policy.e2ee').map(({ context }) => context['kind']),
      ['OMEMO 0.3', 'OTR', 'OTR'],
    );
  });

  it('plain text, and a bare hint of encryption, are none', () => {
    const lab = new CorrelationLab();
    const flow = session(lab);
    flow.c("<message to='bob@corp.example' id='1'><body>?O</body></message>");
    flow.c(
      "<message to='bob@corp.example' id='2'><body>hi</body><encryption xmlns='urn:xmpp:eme:0' namespace='x'/></message>",
    );
    assert.deepEqual(lab.of('policy.e2ee'), []);
  });
});
