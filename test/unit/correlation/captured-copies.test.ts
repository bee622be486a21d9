/** The duplicate gate on captures of real servers: as many messages as their truth files say were written. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DATA, hasData } from '../../support/capture-flows.ts';
import { SceneLab, type Judged } from '../../support/scene-lab.ts';
import { readSessions } from '../xmpp/capture-sessions.ts';

async function judge(name: string): Promise<readonly Judged[]> {
  const room = new SceneLab();
  await readSessions(join(DATA, 'own', `${name}.pcap.gz`), {
    onStanza: (view) => {
      room.look(view);
    },
  });
  return room.judged;
}

/** Messages people wrote, and sightings of them. */
async function count(name: string): Promise<[messages: number, sightings: number]> {
  const human = (await judge(name)).filter(({ isHuman }) => isHuman);
  return [human.filter(({ isRepeat }) => !isRepeat).length, human.length];
}

describe('DuplicateGate on captures', { skip: !hasData }, () => {
  it('counts 30,000 messages between two servers, seen 63,193 times', async () => {
    assert.deepEqual(await count('19_bulk_30000_messages'), [30_000, 63_193]);
  });

  it('counts what was said in a room and in private there once for all occupants', async () => {
    assert.deepEqual(await count('07_muc'), [45, 345]);
  });

  it('counts no carbons and no archives', async () => {
    assert.deepEqual(await count('17_carbons_mam'), [36, 190]);
  });

  it('counts what crosses a federation link once, and errors apart', async () => {
    assert.deepEqual(await count('06_s2s_dialback_plain'), [27, 81]);
    const errors = (await judge('06_s2s_dialback_plain')).filter(({ type }) => type === 'error');
    assert.deepEqual(
      errors.map(({ isRepeat, isCanned }) => [isRepeat, isCanned]),
      [
        [false, true],
        [true, true],
        [false, true],
      ],
    );
  });

  it('takes colleagues for no strangers', async () => {
    const human = (await judge('18_block_report_caps_version')).filter(
      ({ isHuman, isRepeat }) => isHuman && !isRepeat,
    );
    assert.equal(human.length, 10);
    const relations = new Set(human.map(({ relation }) => relation));
    assert.deepEqual(relations, new Set(['answered']));
  });
});
