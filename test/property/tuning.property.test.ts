/** Files of tuned rules: any text of people survives, and only lines that were asked for act. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { loadRuleSources } from '../../sensor/rules/index.ts';
import { TuningFile } from '../../sensor/service/tuning-file.ts';
import { tuningLine } from '../../sensor/service/tuning-line.ts';

/** Signs that mean something in these files, among all others. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\n', '\r', '#', '@', '-', '\\', '"', ',', ':', ' ', '\u2028', '[', '1'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 60,
});

const RULE = 'alert xmpp any any -> any any (msg:"m"; xmpp.body; content:"abcd"; sid:100;)\n';

/** What a loader makes of a threshold.config: its suppressions and problems. */
function loaded(threshold: string): { lines: number; problems: number } {
  const set = loadRuleSources([{ file: '/none/a.rules', text: RULE }], {
    thresholdFiles: [],
    filterFiles: { enable: [], disable: [], modify: [] },
    tuning: { threshold: { file: '/none/tuning/threshold.config', text: threshold } },
  });
  const isError = ({ file }: { file: string }): boolean => file.includes('tuning');
  return {
    lines: set.overrides.suppressions.length,
    problems: set.problems.filter(isError).length,
  };
}

describe('files of tuned rules', () => {
  it('give back what was said, whatever it was', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ actor: text, reason: text }), { maxLength: 5 }), (deeds) => {
        let content = '';
        deeds.forEach((deed, i) => {
          const line = `suppress gen_id 1, sig_id 100, track by_src, ip 192.0.2.${i}`;
          content = new TuningFile('threshold', content).withLine(`t${i}`, line, {
            tsUsec: i * 1000,
            ...deed,
          });
        });
        const { entries } = new TuningFile('threshold', content);
        assert.deepEqual(
          entries.map(({ actor, reason }) => [actor, reason]),
          deeds.map(({ actor, reason }) => [actor, reason]),
        );
        assert.deepEqual(loaded(content), { lines: deeds.length, problems: 0 });
        for (const { id } of entries) {
          content = new TuningFile('threshold', content).without(id, {
            ...{ tsUsec: 9000, actor: 'bob' },
            reason: deeds[0]?.reason ?? '',
          });
        }
        assert.deepEqual(loaded(content), { lines: 0, problems: 0 });
      }),
      { numRuns: 200 },
    );
  });
  it('hold one line for a value that is taken, none for one that is not', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('by_src', 'by_from_jid', 'by_domain'), (value, track) => {
        let line: string;
        try {
          ({ line } = tuningLine({ sid: 100, reason: 'x', action: 'suppress', track, value }));
        } catch {
          return;
        }
        const deed = { tsUsec: 0, actor: 'a', reason: 'x' };
        const content = new TuningFile('threshold', '').withLine('t1', line, deed);
        const { lines, problems } = loaded(content);
        assert.equal(lines + problems, 1, content);
      }),
      { numRuns: 500 },
    );
  });
});
