/**
 * Anything pasted to be tried, rules of any kind beside it: an answer of bounded size or a refusal that says why, never
 * another error; and the next try is as if there had been none before.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TryRequest } from '../../sensor/api/index.ts';
import { loadConfig } from '../../sensor/config/index.ts';
import { OperatorError } from '../../sensor/core/index.ts';
import { loadRuleSources } from '../../sensor/rules/index.ts';
import { RuleTry } from '../../sensor/service/rule-try.ts';

export const name = 'try';

const RULES = [
  'alert xmpp any any -> any any (msg:"word"; xmpp.body; content:"invoice"; sid:1;)',
  'alert xmpp any any -> any any (msg:"dtd"; xmpp.event:xml.dtd; sid:2;)',
  'alert xmpp any any -> any any (msg:"link"; xmpp.url; content:"example"; flow:to_server; sid:3;)',
  'alert tcp any any -> any any (msg:"raw"; content:"</stream"; sid:4;)',
  'alert xmpp any any -> any any (msg:"seen"; xmpp.to; dataset:set,seen,type jid; sid:5;)',
];
const PIECES: readonly string[] = [
  ...[
    "<message to='a@b'>",
    '</message>',
    '<body>',
    '</body>',
    'invoice',
    '<',
    '>',
    '&',
    ';',
    '&#x41;',
  ],
  ...["<?xml version='1.0'?>", '<!DOCTYPE a [', ']>', '<![CDATA[', ']]>', '<!--', '-->', '\0', ' '],
  ...[
    "<stream:stream xmlns='jabber:client' ",
    "xmlns='jabber:server'",
    '</stream:stream>',
    "from='",
  ],
  ...['http://x.example/', "<iq type='set' id='", "'/>", '\ufeff', '\ud800', '4111111111111111'],
  ...["<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>"],
];
const PROBE: TryRequest = { stanza: "<message to='a@b'><body>invoice</body></message>", sid: 1 };
const MAX_ANSWER_CHARS = 2 * 1024 * 1024;

export function fuzz(random: () => number, isOver: () => boolean): { runs: number } {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-try-'));
  const config = loadConfig({ file: undefined, overrides: [`data_dir=${folder}`] });
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const text = (): string =>
    Array.from({ length: Math.floor(random() * 30) }, () =>
      random() < 0.9 ? pick(PIECES) : String.fromCharCode(Math.floor(random() * 0x3000)),
    ).join('');
  const set = loadRuleSources([{ file: '/nonexistent/fuzz.rules', text: RULES.join('\n') }]);
  const rules = new RuleTry(config, set);
  const known = JSON.stringify(answerOf(rules, PROBE)?.fired.map(({ sid }) => sid));
  let runs = 0;
  try {
    for (; !isOver(); runs++) {
      const stanza = text();
      const isBytes = random() < 0.3;
      const request: TryRequest = {
        stanza: isBytes
          ? Buffer.from(stanza, pick(['utf8', 'utf16le', 'latin1'])).toString('base64')
          : stanza,
        ...(isBytes ? { encoding: 'base64' } : {}),
        ...(random() < 0.3 ? { direction: 'to_client' } : {}),
        ...(random() < 0.5 ? { sid: Math.floor(random() * 7) } : {}),
        ...(random() < 0.1 ? { rules: pick(RULES).replace(pick([';', '"', 'xmpp']), text()) } : {}),
      };
      const answer = answerOf(rules, request);
      if (JSON.stringify(answer ?? {}).length > MAX_ANSWER_CHARS) throw new Error('a long answer');
      if (answer !== undefined && answer.notes.length === 0) throw new Error('no word about it');
      if (runs % 16 !== 0) continue;
      const again = JSON.stringify(answerOf(rules, PROBE)?.fired.map(({ sid }) => sid));
      if (again !== known) throw new Error(`${known} before, ${again} behind ${stanza}`);
    }
  } finally {
    rules.close();
    rmSync(folder, { recursive: true });
  }
  return { runs };
}

/** Undefined for a refusal. */
function answerOf(rules: RuleTry, request: TryRequest): ReturnType<RuleTry['run']> | undefined {
  try {
    return rules.run(request);
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'USAGE') return undefined;
    throw error;
  }
}
