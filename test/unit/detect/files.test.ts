/** Rules on files: what is looked at, what fires, how often, and what is shown. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { defaultLimits, eventId } from '../../../sensor/core/index.ts';
import {
  VALIDATORS,
  type FileFindings,
  type FileView,
  type Finding,
} from '../../../sensor/detect/index.ts';
import { ValueSealer, valueKey } from '../../../sensor/rules/index.ts';
import { makeFile, type PartFacts } from '../../support/file-view.ts';
import { RuleLab, ruleText, soundRules } from '../../support/rule-lab.ts';
import { makeSession } from '../../support/stanza-view.ts';

const EVENT = ruleText(
  'xmpp.event:file.ibb_content; priority:4; metadata:detection dlp-ibb-content;',
  900,
);
const CARD =
  'xmpp.text_folded; pcre:"/\\b\\d(?:[ -]?\\d){12,18}\\b/"; validate:pan; priority:2; metadata:detection dlp-pan, secret yes, files yes;';
const KEY =
  'xmpp.text; content:"BEGIN KEY"; priority:1; metadata:detection dlp-privkey, secret yes, files yes;';
const CARD_NUMBER = '4539 1488 0343 6467';

class FileLab extends RuleLab {
  constructor(rules: readonly string[], limits: Partial<ReturnType<typeof defaultLimits>> = {}) {
    super(rules.join('\n'), {
      validators: VALIDATORS,
      limits: { ...defaultLimits(), ...limits },
      flowEndpoints: () => ({
        flowId: 1,
        clientWords: [0, 0, 0xffff, (10 << 24) | 1],
        clientPort: 40000,
        serverWords: [0, 0, 0xffff, (10 << 24) | 2],
        serverPort: 7777,
      }),
    });
  }

  file(
    parts: string | Uint8Array | readonly PartFacts[],
    facts: Partial<FileView> = {},
  ): FileFindings & { readonly told: Finding[]; readonly sids: number[] } {
    const before = this.findings.length;
    const findings = this.engine.onFile(makeFile(parts, facts));
    const told = this.findings.slice(before);
    return { ...findings, told, sids: told.map(({ rule }) => rule.sid) };
  }
}

function shown({ evidence }: Finding): string {
  return Buffer.from(evidence).toString();
}

describe('rules that name a file buffer', () => {
  const lab = new FileLab([
    ruleText('file.data; content:"EVIL";', 1),
    ruleText('file.magic; content:"PE32"; xmpp.file_name; pcre:"/\\.jpg$/";', 2),
    ruleText('file.data; content:"MZ"; startswith;', 3),
    ruleText('file.data; content:"tail"; endswith; xmpp.relation; content:"foreign";', 4),
    ruleText('file.data; content:"needle"; offset:200000; depth:10;', 5),
    ruleText(
      `file.md5; content:"5d41402abc4b2a76b9719d911017c592"; xmpp.to_domain; content:"ext.example";`,
      6,
    ),
    ruleText('file.magic; content:"PDF"; file.data; content:!"/Author";', 7),
    ruleText('file.data; pcre:"/^first.*last$/s";', 8),
    ruleText('file.data; content:"one"; content:"two"; distance:100000;', 9),
    ruleText('file.data; bsize:4;', 10),
  ]);
  const sids = (
    parts: string | Uint8Array | readonly PartFacts[],
    facts: Partial<FileView> = {},
  ): number[] => lab.file(parts, facts).sids;

  it('fire once a file, however often and in however many parts they match', () => {
    assert.deepEqual(sids('an EVIL file'), [1]);
    assert.deepEqual(sids('EVIL '.repeat(100_000)), [1]);
    assert.deepEqual(sids([{ data: 'EVIL' }, { path: 'a', data: 'EVIL' }]), [1, 10]);
    assert.deepEqual(sids('a harmless file'), []);
  });

  it('look into bytes, text and members', () => {
    assert.deepEqual(sids([{ data: 'PK', text: 'an EVIL' }]), [1]);
    assert.deepEqual(
      sids([{ data: Buffer.from([0, 255, ...Buffer.from('EVIL'), 0]), text: '' }]),
      [1],
    );
    assert.deepEqual(sids([{ data: 'PK' }, { path: 'a/b.txt', data: 'x', text: 'an EVIL' }]), [1]);
  });

  it('ask for what belongs to one part', () => {
    const jpg = { name: 'x.jpg' };
    assert.deepEqual(sids([{ data: 'x', magic: 'PE32 executable' }], jpg), [2]);
    assert.deepEqual(sids([{ data: 'x', magic: 'PE32 executable' }], { name: 'x.exe' }), []);
    const member = { path: 'in/photo.jpg', data: 'x', magic: 'PE32 executable' };
    assert.deepEqual(sids([{ data: 'x' }, member], { name: 'a.zip' }), [2]);
    // A picture in an archive, and a program beside it.
    const apart = [
      { data: 'x' },
      { path: 'photo.jpg', data: 'x' },
      { path: 'a.exe', data: 'x', magic: 'PE32 executable' },
    ];
    assert.deepEqual(sids(apart, { name: 'a.zip' }), []);
  });

  it('count places from the start and the end of the whole', () => {
    assert.deepEqual(sids('MZ at the start'), [3]);
    assert.deepEqual(sids(`${'.'.repeat(300_000)}MZ`), []);
    assert.deepEqual(sids('the tail'), [4]);
    assert.deepEqual(sids('the tail', { to: 'carol@corp.example' }), []);
    assert.deepEqual(sids('the tail, cut'), []);
    assert.deepEqual(sids(`${'.'.repeat(200_002)}needle`), [5]);
    assert.deepEqual(sids(`${'.'.repeat(200_005)}needle`), []);
    assert.deepEqual(sids(`first${'.'.repeat(400_000)}last`), [8]);
    assert.deepEqual(sids(`first${'.'.repeat(400_000)}last.`), []);
    assert.deepEqual(sids(`one${'.'.repeat(150_000)}two`), [9]);
    assert.deepEqual(sids('one two'), []);
  });

  it('see computed hashes, and what must not be there', () => {
    assert.deepEqual(sids('hello'), [6]);
    assert.deepEqual(sids([{ data: 'PK' }, { path: 'h', data: 'hello' }]), [6]);
    assert.deepEqual(sids('hello', { to: 'bob@corp.example' }), []);
    assert.deepEqual(sids([{ data: '%PDF', magic: 'PDF document' }]), [7, 10]);
    assert.deepEqual(sids([{ data: '%PDF /Author', magic: 'PDF document' }]), []);
  });

  it('need no session, fit header and direction, and carry the facts of the file', () => {
    const heads = new FileLab([
      ruleText(
        'file.data; content:"EVIL"; flow:to_server;',
        1,
        'alert xmpp 10.0.0.1 any -> any 7777',
      ),
      ruleText('file.data; content:"EVIL"; flow:to_client;', 2),
      ruleText('file.data; content:"EVIL";', 3, 'alert xmpp any any -> 192.0.2.1 any'),
    ]);
    const { told } = heads.file('EVIL', { session: makeSession() });
    assert.deepEqual(heads.file('EVIL').sids, [1]);
    assert.deepEqual(heads.file('EVIL', { direction: 1 }).sids, [2]);
    const [finding] = told;
    assert.equal(finding?.flow, 3);
    assert.deepEqual(
      [finding.stanza.from, finding.stanza.to, finding.stanza.id, finding.stanza.serial],
      ['alice@corp.example/pc', 'bob@ext.example/home', 's1', 0],
    );
    assert.deepEqual(finding.context, { file: 'notes.txt', summary: 'a file' });
  });

  it('of one detection speak once, the gravest of them', () => {
    const same = new FileLab([
      ruleText('file.data; content:"EVIL"; priority:3; metadata:detection dlp-hash-match;', 1),
      ruleText('file.data; content:"VIL"; priority:2; metadata:detection dlp-hash-match;', 2),
      ruleText('file.data; content:"EVI"; priority:1; metadata:detection dlp-magic-mismatch;', 3),
      ruleText('file.data; content:"EV";', 4),
      ruleText('file.data; content:"IL";', 5),
    ]);
    const { sids: fired, found } = same.file('EVIL');
    assert.deepEqual(fired, [2, 3, 4, 5]);
    assert.deepEqual(found, { 'dlp-hash-match': 1, 'dlp-magic-mismatch': 1 });
  });

  it('pass, set bits and lists, and have thresholds, as on stanzas', () => {
    const state = new FileLab([
      ruleText('file.data; content:"GOOD";', 1, 'pass xmpp any any -> any any'),
      ruleText('file.data; content:"EVIL"; xbits:set,bad,track by_from_jid,expire 60;', 2),
      ruleText('xmpp.body; content:"hi"; xbits:isset,bad,track by_from_jid;', 3),
      ruleText(
        'file.data; content:"LOUD"; threshold:type limit, track by_from_jid, count 1, seconds 60;',
        4,
      ),
      ruleText('file.sha256; dataset:set,seen-files,type string; file.data; content:"NEW";', 5),
      ruleText('file.data; content:"SILENT"; noalert;', 6),
    ]);
    assert.deepEqual(state.file('EVIL but GOOD').sids, []);
    assert.deepEqual(state.sids([['xmpp.body', 'hi']], { from: 'alice@corp.example/pc' }), []);
    assert.deepEqual(state.file('EVIL').sids, [2]);
    assert.deepEqual(state.sids([['xmpp.body', 'hi']], { from: 'alice@corp.example/pc' }), [3]);
    assert.deepEqual([state.file('LOUD').sids, state.file('LOUD').sids], [[4], []]);
    assert.deepEqual([state.file('NEW').sids, state.file('NEW').sids], [[5], []]);
    assert.deepEqual(state.file('NEW too').sids, [5]);
    assert.deepEqual(state.file('SILENT').sids, []);
  });

  it('show of bytes what matched, of text what stands around it', () => {
    const bytes = Buffer.concat([Buffer.from([0, 1, 2]), Buffer.from('pass\0EVIL\0word')]);
    const [inBytes] = lab.file([{ data: bytes, text: '' }]).told;
    assert.equal(shown(inBytes as Finding), 'EVIL');
    assert.equal((inBytes as Finding).evidenceOffset, 8);
    const [inText] = lab.file('some EVIL words').told;
    assert.equal(shown(inText as Finding), 'some EVIL words');
    assert.deepEqual((inText as Finding).matches, [
      { buffer: 30, region: 0, offset: 5, length: 4 },
    ]);
  });
});

describe('text rules marked for files', () => {
  const lab = new FileLab([
    EVENT,
    ruleText(CARD, 1),
    ruleText(KEY, 2),
    ruleText('xmpp.text; content:"EVIL";', 3),
  ]);

  it('are gathered to one finding, as grave as the gravest', () => {
    const { told, found } = lab.file(`card ${CARD_NUMBER}\n5105 1051 0510 5100\nBEGIN KEY xyz`);
    assert.equal(told.length, 1);
    const [finding] = told as [Finding];
    assert.equal(finding.rule.sid, 900);
    assert.equal(finding.severity, 1);
    assert.equal(finding.context['summary'], 'a file: 1 private key, 2 payment card numbers');
    assert.equal(finding.context['found'], 'dlp-privkey 1, dlp-pan 2');
    assert.deepEqual(found, { 'dlp-privkey': 1, 'dlp-pan': 2 });
    assert.equal(finding.buffer, 30);
  });

  it('are as grave as their own rules, unless there are very many cards', () => {
    assert.equal(lab.file(`card ${CARD_NUMBER}`).told[0]?.severity, 2);
    const cards = ['4539148803436467', '5105105105105100', '4111111111111111', '4012888888881881'];
    assert.equal(lab.file(cards.join('\n')).told[0]?.severity, 2);
    assert.equal(lab.file([...cards, '6011111111111117'].join('\n')).told[0]?.severity, 1);
    // The same number again and again is one.
    assert.equal(lab.file(`${cards[0] ?? ''}\n`.repeat(50)).told[0]?.severity, 2);
  });

  it('count a value once, however it is written', () => {
    const { found } = lab.file(`${CARD_NUMBER}\n4539-1488-0343-6467\n4539148803436467`);
    assert.deepEqual(found, { 'dlp-pan': 1 });
  });

  it('leave out rules that are not marked, and files without a hit', () => {
    assert.deepEqual(lab.file('EVIL').sids, []);
    assert.deepEqual(lab.file('4539 1488 0343 6468').sids, []);
    assert.deepEqual(lab.file('').sids, []);
  });

  it('say in which member the gravest stands', () => {
    const { told } = lab.file([
      { data: 'PK' },
      { path: 'a.csv', data: CARD_NUMBER },
      { path: 'keys/id', data: 'BEGIN KEY' },
    ]);
    assert.equal(told[0]?.context['part'], 'keys/id');
    assert.equal(told[0].context['found'], 'dlp-privkey 1, dlp-pan 1');
  });

  it('mask every secret of the file in the excerpt', () => {
    const text = `names\ncard ${CARD_NUMBER} of Ann\nBEGIN KEY\n`;
    const [finding] = lab.file(text).told as [Finding];
    const hidden = finding.secrets.map(({ offset, length }) =>
      shown(finding).slice(offset, offset + length),
    );
    assert.deepEqual(hidden, [CARD_NUMBER, 'BEGIN KEY']);
    const rule = new FileLab([
      EVENT,
      ruleText(CARD, 1),
      ruleText('file.data; content:"of Ann";', 4),
    ]);
    const [, own] = [...rule.file(text).told].sort((a, b) => b.rule.sid - a.rule.sid) as [
      Finding,
      Finding,
    ];
    assert.equal(own.rule.sid, 4);
    assert.equal(own.secrets.length, 1);
  });

  it('hide the numbers that stand beside a card', () => {
    const [finding] = lab.file(`name;pan;cvv\nAnn 7;${CARD_NUMBER};146\nBob;5105105105105100;2819`)
      .told as [Finding];
    const hidden = finding.secrets.map(({ offset, length }) =>
      shown(finding).slice(offset, offset + length),
    );
    assert.deepEqual(hidden, [CARD_NUMBER, '146', '5105105105105100', '2819']);
    const [other] = lab.file('room 146\nBEGIN KEY').told as [Finding];
    assert.equal(other.secrets.length, 1);
  });

  it('read disguised text, and count it once', () => {
    const wide = Array.from('4539148803436467', (digit) =>
      String.fromCodePoint(0xff10 + Number(digit)),
    );
    assert.deepEqual(lab.file(`card ${wide.join('')}`).found, { 'dlp-pan': 1 });
    const [finding] = lab.file([
      { data: Buffer.from([0xff, 0xfe]), text: `é ${CARD_NUMBER}` },
    ]).told;
    assert.deepEqual(finding?.secrets.length, 1);
  });

  it('know that chance passes one number in ten', () => {
    // Ids of sixteen digits, one after the other: every tenth carries a check digit.
    const ids = Array.from({ length: 400 }, (_, i) => String(4539_1488_0343_0000 + 7 * i));
    const { told } = lab.file(ids.join('\n'));
    assert.equal(told[0]?.severity, 4);
    assert.match(
      String(told[0].context['summary']),
      /payment card numbers \(as many as chance gives\)/,
    );
    // A column of cards among other numbers is none.
    const cards = ['4539148803436467', '5105105105105100', '4111111111111111', '4012888888881881'];
    const table = cards.flatMap((card, i) => [`${card};${1_234_567_890_123 + i}`, 'x', 'y']);
    assert.equal(lab.file(table.join('\n')).told[0]?.severity, 2);
  });

  it('hold with what else their rule asks, and where in the text', () => {
    const rules = new FileLab([
      EVENT,
      ruleText('xmpp.relation; content:"local"; xmpp.text; content:"plan"; metadata:files yes;', 1),
      ruleText(
        'xmpp.text; content:"TOP"; startswith; metadata:files yes, detection dlp-marking;',
        2,
      ),
      ruleText('xmpp.text; content:"alpha"; content:!"beta"; metadata:files yes;', 3),
      ruleText(
        'xmpp.text; content:"user"; xmpp.text_folded; content:"gamma"; metadata:files yes;',
        4,
      ),
    ]);
    assert.deepEqual(rules.file('plan').sids, []);
    assert.deepEqual(rules.file('plan', { to: 'b@corp.example' }).found, { 'sid:1': 1 });
    assert.deepEqual(rules.file(`TOP ${'.'.repeat(300_000)}`).found, { 'dlp-marking': 1 });
    assert.deepEqual(rules.file(`${'.'.repeat(300_000)} TOP`).found, {});
    assert.deepEqual(rules.file(`alpha ${'.'.repeat(300_000)} beta`).found, {});
    assert.deepEqual(rules.file('alpha').found, { 'sid:3': 1 });
    assert.deepEqual(rules.file(`user ${'.'.repeat(300_000)} gamma`).found, { 'sid:4': 1 });
  });

  it('are left out where they are suppressed or passed', () => {
    const rules = new FileLab([
      EVENT,
      ruleText(CARD, 1),
      ruleText(
        `file.md5; content:"5d41402abc4b2a76b9719d911017c592";`,
        2,
        'pass xmpp any any -> any any',
      ),
      ruleText(
        'xmpp.text; content:"allowed"; metadata:files yes;',
        3,
        'pass xmpp any any -> any any',
      ),
    ]);
    assert.deepEqual(rules.file(CARD_NUMBER).sids, [900]);
    assert.deepEqual(rules.file([{ data: CARD_NUMBER }, { path: 'x', data: 'hello' }]).sids, []);
    assert.deepEqual(rules.file(`${CARD_NUMBER} allowed`).found, {});
  });
});

describe('windows', () => {
  const lab = new FileLab([
    EVENT,
    ruleText(CARD, 1),
    ruleText('xmpp.text; pcre:"/^line \\d+ end$/m"; metadata:files yes, detection lines;', 2),
    ruleText(
      'xmpp.text; content:"open"; content:"shut"; distance:7000; within:1000; metadata:files yes, detection pair;',
      3,
    ),
  ]);

  it('lose no match and count each once, wherever it stands', () => {
    const size = 300_000;
    for (let at = 100_000; at < 260_000; at += 1777) {
      const text = Buffer.alloc(size, '.');
      text.write(`\ncard ${CARD_NUMBER} \n`, at);
      text.write('\nline 7 end\n', at + 40);
      text.write('open', at + 100);
      text.write('shut', at + 100 + 7500);
      const { found } = lab.file(text);
      assert.deepEqual(found, { lines: 1, 'dlp-pan': 1, pair: 1 }, `at ${at}`);
    }
  });

  it('see every byte around their edges', () => {
    // Edges of the windows and of what they own: 131072 bytes, every 114688.
    for (const edge of [8192, 114_688, 122_880, 131_072, 229_376, 237_568, 245_760]) {
      for (let shift = -24; shift <= 24; shift += 3) {
        const text = Buffer.alloc(300_000, ' ');
        text.write(CARD_NUMBER, edge + shift);
        assert.deepEqual(lab.file(text).found, { 'dlp-pan': 1 }, `${edge} ${shift}`);
      }
    }
  });

  it('decide about no anchor', () => {
    // Lines that begin or end where a window does, and nowhere else.
    const text = Buffer.alloc(300_000, 'x');
    text.write('line 1 end', 114_688);
    text.write('line 2 end', 131_072 - 10);
    assert.deepEqual(lab.file(text).found, {});
    text.write('\nline 2 end\n', 131_072 - 11);
    assert.deepEqual(lab.file(text).found, { lines: 1 });
  });
});

describe('lists of values', () => {
  it('are looked for window by window, with room for packets between', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lists-'));
    const key = new Uint8Array(32).fill(7);
    const value = valueKey(Buffer.from('falcon'));
    if (typeof value === 'string') assert.fail(value);
    writeFileSync(join(folder, 'own.txt'), `${new ValueSealer(key).seal(value)}\n`);
    const rules = [
      EVENT,
      ruleText(
        'xmpp.text_folded; dataset:isset,own,type hmac; metadata:files yes, detection own;',
        1,
      ),
    ];
    const lab = new RuleLab(
      soundRules(rules.join('\n'), { valueKey: () => key, datasetDir: folder }),
    );
    rmSync(folder, { recursive: true });
    const judged = (text: Uint8Array): [pieces: number, found: FileFindings['found']] => {
      const work = lab.engine.judgeFile(makeFile(text));
      for (let pieces = 0; ; pieces++) {
        const step = work.next();
        if (step.done === true) return [pieces, step.value.found];
      }
    };
    const text = Buffer.alloc(1024 * 1024, 'word ');
    const [few] = judged(text.subarray(0, 1000));
    // Windows begin every 114688 bytes: nine of them.
    const [pieces, nothing] = judged(text);
    assert.deepEqual([pieces - few, nothing], [8, {}]);
    text.write(' falcon ', text.length - 100);
    assert.deepEqual(judged(text)[1], { own: 1 });
  });
});

describe('limits of files', () => {
  it('detect.file_work ends the look, says so and is an event', () => {
    const lab = new FileLab(
      [EVENT, ruleText(CARD, 1), ruleText('xmpp.event:detect.work_limit;', 9)],
      { detectFileWork: 200_000 },
    );
    const numbers = Array.from({ length: 40_000 }, (_, i) => String(4_539_148_803_430_000 + i));
    const { sids: fired, unseen } = lab.file(numbers.join('\n'));
    assert.equal(unseen, 'work');
    assert.ok(fired.includes(9));
    assert.equal(lab.counters.get('detectWorkLimit'), 1);
    // The next file has its own budget.
    const next = lab.file(CARD_NUMBER);
    assert.deepEqual([next.sids, next.unseen], [[900], '']);
  });

  it('detect.file_work: what is told of the file says so too', () => {
    const lab = new FileLab([EVENT, ruleText(CARD, 1)], { detectFileWork: 200_000 });
    const numbers = Array.from({ length: 40_000 }, (_, i) => String(4_539_148_803_430_000 + i));
    const about = (text: string): (string | undefined)[] => {
      const facts = { context: { seen: 'all of it was seen' } };
      const { told, unseen } = lab.file(text, facts);
      const { summary, seen } = told[0]?.context ?? {};
      return [unseen, String(summary), String(seen)];
    };
    const unasked = / \(not all rules could be asked\)$/;
    const [capped, summary, seen] = about(
      // The card stands in a piece of its own, read before work runs out.
      `${CARD_NUMBER}\n${'word '.repeat(40_000)}${numbers.join('\n')}`,
    );
    assert.equal(capped, 'work');
    assert.match(summary ?? '', unasked);
    assert.match(seen ?? '', unasked);
    const whole = about(CARD_NUMBER);
    assert.equal(whole[0], '');
    assert.ok(!unasked.test(whole[1] ?? '') && whole[2] === 'all of it was seen');
  });

  it('detect.file_places: beyond it nothing is shown', () => {
    const lab = new FileLab([EVENT, ruleText(CARD, 1)], { detectFilePlaces: 3 });
    const cards = ['4539148803436467', '5105105105105100', '4111111111111111', '4012888888881881'];
    const [few] = lab.file(cards.slice(0, 3).join('\n')).told;
    assert.ok((few?.evidence.length ?? 0) > 0);
    const [many] = lab.file(cards.join('\n')).told;
    assert.equal(many?.evidence.length, 0);
    assert.equal(many.context['found'], 'dlp-pan 4');
  });

  it('detect.file_fold_bytes: beyond it text is read as it is written', () => {
    const wide = Array.from('4539148803436467', (digit) =>
      String.fromCodePoint(0xff10 + Number(digit)),
    );
    const text = `card ${wide.join('')}`;
    const lab = new FileLab([EVENT, ruleText(CARD, 1)], { detectFileFoldBytes: 10 });
    assert.deepEqual(lab.file(text).found, {});
    assert.deepEqual(lab.file(CARD_NUMBER).found, { 'dlp-pan': 1 });
  });
});

describe('events of a file', () => {
  const lab = new FileLab([
    ruleText('xmpp.event:file.macro; priority:3; metadata:detection dlp-magic-mismatch;', 1),
    ruleText('xmpp.event:file.bomb;', 2),
    ruleText('file.data; content:"GOOD";', 3, 'pass xmpp any any -> any any'),
    ruleText(
      'xmpp.event:file.bomb; xmpp.event:file.macro; flow:to_client;',
      4,
      'pass xmpp any any -> any any',
    ),
  ]);
  const verdicts = [
    {
      event: eventId('file.macro'),
      context: { detail: 'AutoOpen' },
      words: 'it has code',
      severity: 2,
    },
    { event: eventId('file.bomb'), context: {} },
  ];

  it('fire the rules that name them, with the facts of the file and their own', () => {
    const { told, found, sids } = lab.file('x', { verdicts });
    assert.deepEqual(sids, [1, 2]);
    assert.equal(told[0]?.severity, 2);
    assert.equal(told[1]?.severity, undefined);
    assert.deepEqual(told[0].context, {
      event: 'file.macro',
      file: 'notes.txt',
      detail: 'AutoOpen',
      summary: 'a file: it has code',
    });
    assert.deepEqual(found, { 'dlp-magic-mismatch': 1 });
  });

  it('of one detection are one finding, the gravest, with the others named', () => {
    const rules = new FileLab([
      ruleText('xmpp.event:file.macro; priority:3; metadata:detection dlp-magic-mismatch;', 1),
      ruleText('xmpp.event:file.polyglot; priority:2; metadata:detection dlp-magic-mismatch;', 2),
      ruleText('xmpp.event:file.bomb; priority:3; metadata:detection dlp-magic-mismatch;', 3),
      ruleText('xmpp.event:file.macro; xmpp.event:file.bomb;', 4),
    ]);
    const all = ['file.macro', 'file.polyglot', 'file.bomb'].map((name) => ({
      ...{ event: eventId(name), context: {} },
    }));
    const { told, sids } = rules.file('x', { verdicts: all });
    assert.deepEqual(sids, [4, 2]);
    assert.equal(told[1]?.context['also'], 'file.macro, file.bomb');
    const macro = rules.file('x', { verdicts: all.slice(0, 1) }).told[0];
    assert.equal(macro?.context['also'], undefined);
  });

  it('are silenced by pass rules on the file, and on the event', () => {
    assert.deepEqual(lab.file('GOOD', { verdicts }).sids, []);
    assert.deepEqual(lab.file('x', { verdicts, direction: 1 }).sids, []);
  });
});
