import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { suppressChoices, tuningSentence } from '../../../dashboards/console/src/logic/tuning.ts';
import type { StoredAlert } from '../../../sensor/core/index.ts';

function alert(from: string, to = 'bob@corp.example'): StoredAlert {
  return { srcIp: '192.0.2.7', destIp: '', xmpp: { from, to } } as StoredAlert;
}

const BASE = { sid: 1550040, reason: 'bot' };

describe('choices of tuning', () => {
  it('are those the alert knows, narrowest first, everything last', () => {
    const choices = suppressChoices(alert('bot@corp.example/x'));
    assert.deepEqual(
      choices.map(({ track, value }) => [track, value]),
      [
        ['by_from_jid', 'bot@corp.example'],
        ['by_to_jid', 'bob@corp.example'],
        ['by_domain', 'corp.example'],
        ['by_src', '192.0.2.7'],
        [undefined, ''],
      ],
    );
  });

  it('hold nothing that would end a line of the file', () => {
    const tracks = suppressChoices(alert('a@x\nsuppress gen_id 1', 'b@x, track by_src')).map(
      (choice) => choice.track,
    );
    assert.deepEqual(tracks, ['by_src', undefined]);
  });
});

describe('what tuning will do', () => {
  it('is said before it is done', () => {
    const say = (request: Parameters<typeof tuningSentence>[0]): string =>
      tuningSentence(request, 'SPIM');
    assert.match(say({ ...BASE, action: 'disable' }), /switched off/);
    assert.match(
      say({ ...BASE, action: 'suppress', track: 'by_from_jid', value: 'bot@x' }),
      /no alert any more for stanzas from bot@x\. .*everybody else/,
    );
    assert.match(say({ ...BASE, action: 'suppress' }), /whoever it is about/);
    const rate = { ...BASE, action: 'threshold', track: 'by_src', seconds: 3600 } as const;
    assert.match(say({ ...rate, type: 'limit', count: 1 }), /at most once in 1 h for each source/);
    assert.match(say({ ...rate, type: 'threshold', count: 3 }), /every 3rd match/);
    assert.match(say({ ...rate, type: 'threshold', count: 12 }), /every 12th match/);
    assert.match(say({ ...rate, type: 'both', count: 5 }), /one alert in 1 h .* matched 5 times/);
  });
});
