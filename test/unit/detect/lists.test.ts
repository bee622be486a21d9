/** Lists in the engine: what selects a rule, when lists change, addresses. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { eventId } from '../../../sensor/core/index.ts';
import { loadRuleSources, type RuleSet } from '../../../sensor/rules/index.ts';
import { RuleLab } from '../../support/rule-lab.ts';
import { makeSession, type RegionText } from '../../support/stanza-view.ts';

const folder = mkdtempSync(join(tmpdir(), 'lists-'));
after(() => {
  rmSync(folder, { recursive: true });
});

writeFileSync(join(folder, 'partners.txt'), 'partner.example\n');
writeFileSync(join(folder, 'bad.txt'), 'bad@evil.example\nworse.example\n');
writeFileSync(join(folder, 'rep.txt'), 'low.example,10\nhigh.example,90\n');
writeFileSync(join(folder, 'ips.txt'), '192.0.2.0/24\n2001:db8::7\n');

const PARTNERS = 'partners,type domain,load partners.txt';
const BAD = 'bad,type jid,load bad.txt';

/** Rules with sids from 1. */
function rules(...options: string[]): RuleSet {
  const text = options
    .map((option, i) => `alert xmpp any any -> any any (msg:"m"; ${option}; sid:${i + 1};)`)
    .join('\n');
  const ruleSet = loadRuleSources([{ file: join(folder, 'lab.rules'), text }]);
  const errors = ruleSet.problems.filter(({ severity }) => severity === 'error');
  assert.deepEqual(errors, []);
  return ruleSet;
}

function lab(...options: string[]): RuleLab {
  return new RuleLab(rules(...options));
}

const from = (value: string): RegionText[] => [['xmpp.from', value]];
const fromDomain = (value: string): RegionText[] => [['xmpp.from_domain', value]];

describe('lists', () => {
  it('select rules by values that are listed, and by values that are not', () => {
    const engine = lab(
      `xmpp.from; dataset:isset,${BAD}`,
      `xmpp.from_domain; dataset:isnotset,${PARTNERS}`,
      `xmpp.from_domain; dataset:isset,partners; xmpp.body; content:"abc"`,
    );
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(engine.sids(from('bad@evil.example/x')), [1]);
      assert.deepEqual(engine.sids(from('any@worse.example/x')), [1]);
      assert.deepEqual(engine.sids(from('good@evil.example/x')), []);
      assert.deepEqual(engine.sids(fromDomain('other.example')), [2]);
      assert.deepEqual(engine.sids(fromDomain('partner.example')), []);
      assert.deepEqual(
        engine.sids([...fromDomain('a.partner.example'), ['xmpp.body', 'abc']]),
        [3],
      );
    }
    assert.deepEqual(engine.sids([]), []);
    assert.deepEqual(engine.sids(fromDomain('')), []);
  });

  it('keep values apart that share a place in what is remembered', () => {
    const engine = lab(`xmpp.from; dataset:isset,${BAD}`);
    for (let i = 0; i < 20_000; i++) {
      assert.equal(engine.sids(from(`user-${i}@host-${i % 100}.example/r`)).length, 0);
      if (i % 50 === 0) assert.deepEqual(engine.sids(from(`x${i}@worse.example/r`)), [1]);
    }
  });

  it('compare reputations', () => {
    const engine = lab(
      'xmpp.from_domain; datarep:rep,>,50,type domain,load rep.txt',
      'xmpp.from_domain; datarep:rep,<,50',
      'xmpp.from_domain; datarep:rep,==,10',
    );
    assert.deepEqual(engine.sids(fromDomain('high.example')), [1]);
    assert.deepEqual(engine.sids(fromDomain('low.example')), [2, 3]);
    assert.deepEqual(engine.sids(fromDomain('none.example')), []);
  });
});

describe('lists that rules fill', () => {
  it('hold a value from the stanza after the one whose rule fired', () => {
    const engine = lab(
      'xmpp.client; dataset:set,seen,type text,state seen.lst',
      'xmpp.client; dataset:isset,seen',
      'xmpp.client; dataset:set,seen; xmpp.body; content:"never there"',
    );
    const stanza: RegionText[] = [['xmpp.client', 'Client 1']];
    assert.deepEqual(engine.sids(stanza), [1]);
    assert.deepEqual(engine.sids(stanza), [2]);
    assert.deepEqual(engine.sids([['xmpp.client', 'Client 2']]), [1]);
    assert.deepEqual(engine.sids(stanza), [2]);
  });

  it('change only when the whole rule fires, header and thresholds aside', () => {
    const engine = lab(
      'xmpp.client; dataset:set,seen,type text,state seen.lst; xmpp.body; content:"login"',
      'xmpp.client; dataset:isset,seen',
      'xmpp.client; dataset:unset,seen; xmpp.body; content:"logout"; noalert',
    );
    const say = (body: string): number[] =>
      engine.sids([
        ['xmpp.client', 'Client 1'],
        ['xmpp.body', body],
      ]);
    assert.deepEqual(say('nothing'), []);
    assert.deepEqual(say('login'), [1]);
    assert.deepEqual(say('login'), [2]);
    assert.deepEqual(say('logout'), [2]);
    assert.deepEqual(say('nothing'), []);
    assert.deepEqual(say('login'), [1]);
  });

  it('that are full say so once, and take nothing more', () => {
    const engine = lab(
      'xmpp.client; dataset:set,seen,type text,state seen.lst,memcap 4kb; noalert',
      'xmpp.event:detect.dataset_full',
    );
    const sids: number[] = [];
    for (let i = 0; i < 500; i++) sids.push(...engine.sids([['xmpp.client', `Client ${i}`]]));
    assert.deepEqual(sids, [2]);
    assert.equal(engine.counters.events[eventId('detect.dataset_full')], 1);
  });
});

describe('lists of addresses', () => {
  const endpoints = {
    flowId: 1,
    clientWords: [0, 0, 0xffff, 0xc0000209],
    clientPort: 40000,
    serverWords: [0x20010db8, 0, 0, 7],
    serverPort: 5222,
  };

  function sids(options: string[], direction: 0 | 1): number[] {
    const engine = new RuleLab(rules(...options), { flowEndpoints: () => endpoints });
    return engine.sids([['xmpp.stream_header', '<stream>']], { direction });
  }

  it('are asked about source and destination of the packet', () => {
    const header = 'xmpp.stream_header; bsize:>0;';
    const list = 'ips,type ip,load ips.txt';
    const options = [
      `${header} ip.src; dataset:isset,v4,type ipv4,load ips4.txt`,
      `${header} ip.dst; dataset:isset,v4`,
      `${header} ip.src; dataset:isnotset,v4`,
      `${header} ip.src; dataset:isset,${list}; ip.dst; dataset:isset,ips`,
    ];
    writeFileSync(join(folder, 'ips4.txt'), '192.0.2.9\n');
    assert.deepEqual(sids(options, 0), [1, 4]);
    assert.deepEqual(sids(options, 1), [2, 3, 4]);
  });

  it('are asked for events, and can be filled', () => {
    const engine = new RuleLab(
      rules('xmpp.event:xmpp.plaintext_session; ip.dst; dataset:set,seen,type ip,state ips.lst'),
      { flowEndpoints: () => endpoints },
    );
    const raise = (): void => {
      engine.engine.onEvent({
        event: eventId('xmpp.plaintext_session'),
        session: makeSession(),
        direction: 0,
        tsUsec: 1,
        serial: 0,
        stanza: { name: '', from: '', to: '', id: '', type: '' },
        context: {},
      });
    };
    raise();
    raise();
    assert.equal(engine.findings.length, 1);
  });
});
