import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DuplicateGate,
  type Sighting,
  type Verdict,
} from '../../../sensor/alert/duplicate-gate.ts';
import { SECOND, T0 } from './sample.ts';

const encoder = new TextEncoder();
const MINUTE = 60 * SECOND;

let serial = 0;

/** One step: what passes, when (seconds), and the verdict expected. */
type Step = readonly [
  spec: Partial<Omit<Sighting, 'text'>> & { text?: string },
  at: number,
  Verdict,
];

function sighting(spec: Step[0], at: number): Sighting {
  const { text = 'card 4111111111111111', ...rest } = spec;
  return {
    group: 'dlp-pan',
    flowId: 1,
    direction: 0,
    serial: ++serial,
    isFirstHop: false,
    isCopy: false,
    type: 'chat',
    id: '',
    from: 'alice@a.example/desk',
    to: 'bob@a.example',
    ...rest,
    tsUsec: T0 + at * SECOND,
    text: encoder.encode(text),
  };
}

function play(steps: readonly Step[]): void {
  const gate = new DuplicateGate({ alertDedupeStanzas: 100 });
  steps.forEach(([spec, at, expected], i) => {
    assert.equal(gate.judge(sighting(spec, at)), expected, `step ${i + 1}`);
  });
}

const ALICE = { flowId: 1, direction: 0, isFirstHop: true } as const;
const TO_BOB = { flowId: 2, direction: 1 } as const;
const TO_BOB_PHONE = { flowId: 3, direction: 1 } as const;
const FEDERATION = { flowId: 9, direction: 0 } as const;
const BOB = { flowId: 2, direction: 0, isFirstHop: true, from: 'bob@a.example/home' } as const;

describe('DuplicateGate with ids', () => {
  it('silences every other leg of one stanza', () => {
    play([
      [{ ...ALICE, id: 'm1' }, 0, 'new'],
      [{ ...FEDERATION, id: 'm1' }, 1, 'copy'],
      [{ ...TO_BOB, id: 'm1' }, 2, 'copy'],
      [{ ...TO_BOB_PHONE, id: 'm1' }, 3, 'copy'],
    ]);
  });

  it('alerts again for the same text in another stanza', () => {
    play([
      [{ ...ALICE, id: 'm1' }, 0, 'new'],
      [{ ...TO_BOB, id: 'm1' }, 0, 'copy'],
      [{ ...ALICE, id: 'm2' }, 1, 'new'],
      [{ ...TO_BOB, id: 'm2' }, 1, 'copy'],
    ]);
  });

  it('does not trust ids: a client that always writes the same id alerts every time', () => {
    play([
      [{ ...ALICE, id: '1' }, 0, 'new'],
      [{ ...TO_BOB, id: '1' }, 0, 'copy'],
      [{ ...ALICE, id: '1' }, 1, 'new'],
      [{ ...ALICE, id: '1', text: 'card 5555555555554444' }, 2, 'new'],
    ]);
  });

  it('keeps two senders with one id apart', () => {
    play([
      [{ ...TO_BOB, id: '1', from: 'bot1@x.example/a' }, 0, 'new'],
      [{ ...TO_BOB, id: '1', from: 'bot2@x.example/a' }, 0, 'new'],
    ]);
  });

  it('forgets after fifteen minutes of packet time', () => {
    play([
      [{ ...ALICE, id: 'm1' }, 0, 'new'],
      [{ ...TO_BOB, id: 'm1' }, 15 * 60, 'copy'],
      [{ ...TO_BOB, id: 'm1' }, 15 * 60 + 1, 'new'],
    ]);
  });

  it('knows a stanza resent after stream resumption, not one from another device', () => {
    play([
      [{ ...ALICE, id: 'm1' }, 0, 'new'],
      [{ ...ALICE, flowId: 5, id: 'm1' }, 30, 'copy'],
      [{ ...ALICE, flowId: 6, id: 'm1', from: 'alice@a.example/phone' }, 40, 'new'],
    ]);
  });

  it('recognises an error that echoes the text, from the server and from a client', () => {
    const error = { type: 'error', id: 'm1', from: 'bob@a.example', to: 'alice@a.example/desk' };
    play([
      [{ ...ALICE, id: 'm1' }, 0, 'new'],
      [{ ...error, flowId: 1, direction: 1 }, 1, 'copy'],
      [{ ...error, ...BOB, type: 'error' }, 2, 'copy'],
    ]);
  });
});

describe('DuplicateGate without ids', () => {
  it('takes another flow or direction within a minute for a copy', () => {
    play([
      [{ ...ALICE }, 0, 'new'],
      [{ ...TO_BOB }, 60, 'copy'],
      [{ ...TO_BOB_PHONE }, 61, 'new'],
    ]);
  });

  it('takes the same direction of the same flow for a new stanza', () => {
    play([
      [{ ...ALICE }, 0, 'new'],
      [{ ...ALICE }, 1, 'new'],
      [{ ...TO_BOB }, 2, 'copy'],
      [{ ...TO_BOB }, 3, 'copy'],
    ]);
  });

  it('alerts on each one of several where only the last hop is visible', () => {
    play([
      [{ ...TO_BOB }, 0, 'new'],
      [{ ...TO_BOB }, 5, 'new'],
      [{ ...TO_BOB_PHONE }, 5, 'copy'],
    ]);
  });

  it('does not take an answer with the same words for a copy', () => {
    const answer = { flowId: 1, direction: 1, from: 'bob@a.example/home' } as const;
    play([
      [{ ...ALICE }, 0, 'new'],
      [{ ...answer, to: 'alice@a.example/desk' }, 1, 'new'],
    ]);
  });

  it('keeps senders apart', () => {
    play([
      [{ ...ALICE }, 0, 'new'],
      [{ ...BOB }, 1, 'new'],
    ]);
  });

  it('never merges findings that have neither id nor text', () => {
    play([
      [{ ...ALICE, text: '' }, 0, 'new'],
      [{ ...TO_BOB, text: '' }, 0, 'new'],
    ]);
  });
});

describe('DuplicateGate where the sender is unknown', () => {
  it('links a first hop seen before the login to its copy', () => {
    play([
      [{ ...ALICE, from: '', id: 'm1' }, 0, 'new'],
      [{ ...TO_BOB, id: 'm1' }, 1, 'copy'],
      [{ ...ALICE, from: '' }, 2, 'new'],
      [{ ...TO_BOB }, 3, 'copy'],
    ]);
  });

  it('keeps two unknown clients with one payload apart', () => {
    play([
      [{ ...ALICE, from: '', id: 'auth' }, 0, 'new'],
      [{ ...ALICE, from: '', id: 'auth', flowId: 8 }, 1, 'new'],
      [{ ...ALICE, from: '', flowId: 10 }, 1, 'new'],
      [{ ...ALICE, from: '', flowId: 11 }, 1, 'new'],
    ]);
  });
});

describe('DuplicateGate with wrapped copies', () => {
  const carbon = { ...TO_BOB, isCopy: true, from: 'bob@a.example', to: 'bob@a.example/home' };

  it('silences carbons and archive results of what was alerted on', () => {
    play([
      [{ ...ALICE, id: 'm1' }, 0, 'new'],
      [{ ...carbon }, 1, 'copy'],
      [{ ...carbon, id: 'server-7' }, 14 * 60, 'copy'],
    ]);
  });

  it('alerts once when only copies are seen', () => {
    play([
      [{ ...carbon, id: 'a' }, 0, 'new'],
      [{ ...carbon, id: 'b', flowId: 3 }, 1, 'copy'],
      [{ ...carbon, id: 'c', text: 'card 5555555555554444' }, 1, 'new'],
    ]);
  });

  it('does not believe a client that marks its own stanza as a copy', () => {
    play([
      [{ ...ALICE, id: 'm1' }, 0, 'new'],
      [{ ...ALICE, id: 'm2', isCopy: true }, 1, 'new'],
    ]);
  });
});

describe('DuplicateGate in rooms', () => {
  const said = { ...ALICE, type: 'groupchat', to: 'room@muc.example' };
  const heard = (flowId: number, nick: string): Step[0] => ({
    flowId,
    direction: 1,
    type: 'groupchat',
    from: `room@muc.example/${nick}`,
    to: `occupant${flowId}@a.example/x`,
  });

  it('silences the reflections to every occupant', () => {
    play([
      [{ ...said, id: 'g1' }, 0, 'new'],
      [{ ...heard(1, 'al'), id: 'g1' }, 1, 'copy'],
      [{ ...heard(2, 'al'), id: 'g1' }, 1, 'copy'],
      [{ ...heard(3, 'al'), id: 'g1' }, 20, 'copy'],
    ]);
  });

  it('does so for rooms that write ids of their own, and without ids', () => {
    play([
      [{ ...said, id: 'g1' }, 0, 'new'],
      [{ ...heard(2, 'al'), id: 'room-55' }, 1, 'copy'],
      [{ ...said, text: 'other 4111111111111111' }, 2, 'new'],
      [{ ...heard(2, 'al'), text: 'other 4111111111111111' }, 3, 'copy'],
      [{ ...heard(3, 'al'), text: 'other 4111111111111111' }, 3, 'copy'],
    ]);
  });

  it('alerts for a second occupant with the same text', () => {
    const bob = { ...BOB, type: 'groupchat', to: 'room@muc.example' };
    play([
      [{ ...said, id: '1' }, 0, 'new'],
      [{ ...heard(2, 'al'), id: '1' }, 0, 'copy'],
      [{ ...bob, id: '1' }, 1, 'new'],
      [{ ...heard(1, 'bo'), id: '1' }, 1, 'copy'],
      // Carol's own flow is not visible: only the nick tells that this is another one.
      [{ ...heard(1, 'carol'), id: '1' }, 2, 'new'],
      [{ ...heard(2, 'carol'), id: '1' }, 2, 'copy'],
    ]);
  });

  it('counts one for a room that writes to many occupants over one federation link', () => {
    const link = { ...heard(9, 'al'), direction: 0 } as const;
    play([
      [{ ...link, to: 'bob@a.example/1' }, 0, 'new'],
      [{ ...link, to: 'carol@a.example/1' }, 0, 'copy'],
      [{ ...link, to: 'bob@a.example/1' }, 5, 'new'],
      [{ ...link, to: 'carol@a.example/1' }, 5, 'copy'],
    ]);
  });

  it('follows a private message through the room', () => {
    play([
      [{ ...ALICE, id: 'p1', to: 'room@muc.example/bo' }, 0, 'new'],
      [{ ...TO_BOB, id: 'p1', from: 'room@muc.example/al', to: 'bob@a.example/home' }, 1, 'copy'],
    ]);
  });
});

describe('DuplicateGate.judge()', () => {
  it('says "same" for further rules on one stanza, and remembers their text for its copies', () => {
    const gate = new DuplicateGate({ alertDedupeStanzas: 100 });
    const first = sighting({ ...ALICE, id: 'm1', serial: 50, text: 'password=hunter22' }, 0);
    assert.equal(gate.judge(first), 'new');
    const other = { ...first, text: encoder.encode('ftp://u:p@host') };
    assert.equal(gate.judge(other), 'same');
    const leg = sighting({ ...TO_BOB, id: 'm1', serial: 3, text: 'ftp://u:p@host' }, 1);
    assert.equal(gate.judge(leg), 'copy');
    assert.equal(gate.judge({ ...leg, text: encoder.encode('never seen') }), 'same');
  });

  it('keeps detections apart', () => {
    play([
      [{ ...ALICE, id: 'm1' }, 0, 'new'],
      [{ ...TO_BOB, id: 'm1', group: 'dlp-iban' }, 0, 'new'],
    ]);
  });

  it('stays bounded: the least recently used stanza is forgotten', () => {
    const gate = new DuplicateGate({ alertDedupeStanzas: 10 });
    const first = { ...ALICE, id: 'first' };
    assert.equal(gate.judge(sighting(first, 0)), 'new');
    for (let i = 0; i < 100; i++) gate.judge(sighting({ ...ALICE, id: `x${i}`, text: `t${i}` }, 0));
    assert.equal(gate.judge(sighting({ ...TO_BOB, id: 'first' }, 0)), 'new');
    assert.equal(gate.judge(sighting({ ...TO_BOB, id: 'x99', text: 't99' }, 0)), 'copy');
  });

  it('measures distance when packet time steps back between files', () => {
    const gate = new DuplicateGate({ alertDedupeStanzas: 10 });
    const late = sighting({ ...ALICE, id: 'm1' }, 0);
    assert.equal(gate.judge(late), 'new');
    const early = { ...sighting({ ...TO_BOB, id: 'm1' }, 0), tsUsec: T0 - 16 * MINUTE };
    assert.equal(gate.judge(early), 'new');
  });
});
