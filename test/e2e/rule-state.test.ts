/** What rules remember over flows, replays and new rules, through the whole pipeline. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AlertRecord } from '../../sensor/alert/index.ts';
import { readCapture, type PacketHandler } from '../../sensor/capture/index.ts';
import { loadConfig } from '../../sensor/config/index.ts';
import { packetTime } from '../../sensor/core/index.ts';
import { createPipeline } from '../../sensor/pipeline.ts';
import { ruleText, soundRules } from '../support/rule-lab.ts';

const CHAT = join(process.cwd(), 'fixtures', 'pcap', 'servers', '01_c2s_prosody_plain.pcap.gz');

const HOUR = 3_600_000_000;

/** Hands packets on as if they had come so much later. */
function later(usec: number, target: PacketHandler): PacketHandler {
  const time = packetTime();
  return {
    packet: (bytes, offset, caplen, wirelen, at, ...rest) => {
      time[0] = (at[0] as number) + usec;
      target.packet(bytes, offset, caplen, wirelen, time, ...rest);
    },
  };
}

/** Plays the chat every hour, once for each rule text, the rules replaced in between; alerts of each time. */
async function play(...rules: readonly string[]): Promise<AlertRecord[][]> {
  let alerts: AlertRecord[] = [];
  const overrides = ['sensor_name=test', 'output.sqlite.enabled=false', 'output.eve.file="-"'];
  const pipeline = createPipeline({
    config: loadConfig({ file: undefined, overrides }),
    ruleSet: soundRules(rules[0] ?? ''),
    emit: (record) => {
      if (record.kind === 'alert') alerts.push(record.record);
    },
  });
  const times: AlertRecord[][] = [];
  for (const [i, text] of rules.entries()) {
    if (i > 0) pipeline.replaceRules(soundRules(text));
    await readCapture(CHAT, later(i * HOUR, pipeline.packets));
    if (i === rules.length - 1) pipeline.shutdown();
    pipeline.settle();
    times.push(alerts);
    alerts = [];
  }
  return times;
}

function sids(alerts: readonly AlertRecord[]): number[] {
  return [...new Set(alerts.map(({ alert }) => alert.sid))].sort((a, b) => a - b);
}

describe('the pipeline', () => {
  it('ties the stanzas of a flow together, and forgets them with the flow', async () => {
    const rules = [
      ruleText('xmpp.body; content:"Hello Bob!"; flowbits:set,greeted; noalert;', 1),
      ruleText('xmpp.body; content:"5 < 6"; flowbits:isset,greeted;', 2),
      ruleText('xmpp.body; content:"5 < 6"; flowbits:set,counted; noalert;', 3),
      ruleText('xmpp.body; content:"Hello Bob!"; flowbits:isset,counted;', 4),
    ].join('\n');
    const [first = [], second = []] = await play(rules, rules);
    assert.deepEqual(sids(first), [2]);
    assert.deepEqual(sids(second), [2], 'indexes of flows are used again, their bits are not');
  });

  it('remembers over new rules', async () => {
    const once = ruleText(
      'xmpp.body; content:"Hello Bob!"; threshold:type limit, track by_rule, count 1, seconds 86400;',
      1,
    );
    const marked = ruleText(
      'xmpp.body; content:"Hello Bob!"; xbits:set,met,track by_jid_pair,expire 86400; noalert;',
      2,
    );
    const met = ruleText('xmpp.body; content:"Hi Alice"; xbits:isset,met,track by_jid_pair;', 3);
    const [first = [], second = []] = await play(
      [once, marked].join('\n'),
      [met, ruleText('xmpp.body; content:"nothing";', 9), once].join('\n'),
    );
    assert.deepEqual(sids(first), [1]);
    assert.equal(first.length, 1);
    assert.deepEqual(sids(second), [3]);
  });

  it('ties bytes of the stream to stanzas', async () => {
    const anyTcp = 'alert tcp any any -> any any';
    const [alerts = []] = await play(
      [
        ruleText('content:"<stream:features"; flowbits:set,offered; noalert;', 1, anyTcp),
        ruleText('content:"<nothing"; flowbits:set,other; noalert;', 2, anyTcp),
        ruleText('xmpp.body; content:"Hello Bob!"; flowbits:isset,offered;', 3),
        ruleText('xmpp.body; content:"Hello Bob!"; flowbits:isset,other;', 4),
        ruleText(
          'content:"Hello Bob!"; flowbits:isset,offered; detection_filter:track by_rule, count 1, seconds 60;',
          5,
          anyTcp,
        ),
        ruleText('content:"Hello Bob!"; flowbits:isset,other;', 6, anyTcp),
      ].join('\n'),
    );
    assert.deepEqual(sids(alerts), [3, 5]);
  });

  it('says who is attacked', async () => {
    const [[alert] = []] = await play(
      ruleText('xmpp.body; content:"Hello Bob!"; target:dest_ip; flow:to_server;', 1),
    );
    assert.equal(alert?.alert.target, 'dest_ip');
  });
});
