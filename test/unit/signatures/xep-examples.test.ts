/**
 * The whole pack on honest XMPP: every example stanza of the XEPs, sent by a client and by a server. An alert on one
 * of them is a defect, or the example shows what the signature is about: then xep-explained.yaml says so.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { loadCases, withTurns, type CaseTurn } from '../../../sensor/rules/index.ts';
import { SIGNATURES, shippedPlayer } from '../../support/case-player.ts';

const EXAMPLES = join(process.cwd(), '../shared/data/stanzas/xep-examples.jsonl.gz');
const isThere = existsSync(EXAMPLES);
/** The session is alice's: there a client that sends an example of anybody else forges its sender. */
const FORGED_SENDER = 1530270;

interface Example {
  readonly xep: string;
  readonly n: number;
  readonly kind: string;
  readonly wf_in_stream: boolean;
  readonly text: string;
}

interface Explanation {
  readonly reason: string;
  /** XEPs with an example that raises the signature, with spaces between them. */
  readonly xeps: string;
}

function readExplained(): ReadonlyMap<number, Explanation> {
  const file = join(process.cwd(), 'test/unit/signatures/xep-explained.yaml');
  const entries = parse(readFileSync(file, 'utf8')) as Record<string, Explanation>;
  return new Map(Object.entries(entries).map(([sid, entry]) => [Number(sid), entry]));
}

function readExamples(): Example[] {
  return gunzipSync(readFileSync(EXAMPLES))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Example)
    .filter(({ kind, wf_in_stream: ok }) => kind === 'xml' && ok);
}

describe('examples of the XEPs', { skip: !isThere && 'shared data not there' }, () => {
  const player = shippedPlayer();
  // Any case in the usual session lends it: alice@corp.example/desk, logged in.
  const lender = loadCases(join(SIGNATURES, 'cases')).find(
    ({ flows: [flow] }) => flow !== undefined && flow.sessionTurns > 0 && flow.serverPort === 5222,
  );

  it('raise what xep-explained.yaml explains, and nothing else', () => {
    const [flow] = lender?.flows ?? [];
    assert.ok(lender !== undefined && flow !== undefined);
    const session = flow.turns.slice(0, flow.sessionTurns);
    const found = new Map<number, Set<string>>();
    const first = new Map<number, string>();
    const usual = new Set(player.play(withTurns(lender, session)).map(({ rule }) => rule.sid));
    const examples = isThere ? readExamples() : [];
    for (const { xep, n, text } of examples) {
      const bytes = new TextEncoder().encode(text);
      for (const direction of [0, 1] as const) {
        const turn: CaseTurn = { kind: 'data', direction, bytes };
        for (const { rule } of player.play(withTurns(lender, [...session, turn]))) {
          if (usual.has(rule.sid) || (direction === 0 && rule.sid === FORGED_SENDER)) continue;
          const xeps = found.get(rule.sid) ?? new Set();
          found.set(rule.sid, xeps.add(xep));
          if (!first.has(rule.sid))
            first.set(rule.sid, `${xep} example ${n}: ${rule.msg}\n${text}`);
        }
      }
    }
    assert.ok(examples.length > 6000);
    const explained = readExplained();
    for (const [sid, xeps] of found) {
      assert.deepEqual(
        [...xeps].sort(),
        (explained.get(sid)?.xeps ?? '').split(/\s+/).filter(Boolean).sort(),
        `${sid} is raised by examples it should not be raised by: ${first.get(sid) ?? ''}`,
      );
    }
    for (const sid of explained.keys()) {
      assert.ok(found.has(sid), `${sid} is explained, but no example raises it`);
    }
  });

  it('are explained in words', () => {
    for (const [sid, { reason }] of readExplained()) {
      assert.ok(reason.length > 20, `${sid} has no reason`);
      assert.ok(
        player.rules.rules.some((rule) => rule.sid === sid),
        `${sid} is no signature`,
      );
    }
  });
});
