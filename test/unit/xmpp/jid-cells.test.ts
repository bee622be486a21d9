import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JidCells } from '../../../sensor/xmpp/jid-cells.ts';
import { Session } from '../../../sensor/xmpp/session.ts';

const OFFSET = 64;

function sessionOf(id: number, jid: string): Session {
  const session = new Session(id, id, false, 'c2s', 5222, [2 * id, 2 * id + 1], 0);
  session.setJid(jid);
  return session;
}

describe('JidCells', () => {
  // An eighth of 2 KiB: two cells, so that every second session shares one.
  const memory = new Uint8Array(4096);
  const cells = new JidCells(memory, OFFSET, 2048);
  const read = (session: Session): string => {
    const at = cells.place(session);
    return Buffer.from(memory.buffer, at, session.jidLength).toString();
  };

  it('takes an eighth of the space', () => {
    assert.equal(cells.byteLength, 256);
  });

  it('keeps the JIDs of sessions apart that share a cell', () => {
    const first = sessionOf(1, 'romeo@montague.example/orchard');
    const second = sessionOf(3, 'juliet@capulet.example');
    assert.equal(cells.place(first), cells.place(second));
    assert.equal(read(first), 'romeo@montague.example/orchard');
    assert.equal(read(second), 'juliet@capulet.example');
    assert.equal(read(first), 'romeo@montague.example/orchard');
  });

  it('follows a JID that changes', () => {
    const session = sessionOf(2, 'nurse@capulet.example');
    assert.equal(read(session), 'nurse@capulet.example');
    session.setJid('nürse@capulet.example/kitchen');
    assert.equal(read(session), 'nürse@capulet.example/kitchen');
  });

  it('has no room for a JID longer than a cell', () => {
    assert.equal(cells.place(sessionOf(4, `${'a'.repeat(120)}@x.example`)), -1);
  });
});
