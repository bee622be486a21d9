/**
 * Conversations nobody would have: assorted stanzas of few accounts over many flows in any direction, with gaps, closes
 * and clocks that jump. Nothing throws, tables stay within their size, and how the bytes were cut changes nothing that
 * is raised.
 */
import assert from 'node:assert/strict';
import { LIMITS, type Direction, type LimitName } from '../../sensor/core/index.ts';
import { assortedStanzas } from '../support/assorted-stanzas.ts';
import { CorrelationLab, logIn, type LabFlow } from '../support/correlation-lab.ts';

export const name = 'correlation';

const PORTS = [5222, 5222, 5269, 5347];
const JUMPS = [0.1, 1, 30, 61, 600, 3601, 90_000, -1, -5000, -31_536_000, 31_536_000];
const ENTRIES = 8;
const STEPS = 60;
const LIMITS_OF_TABLES: Partial<Record<LimitName, number>> = Object.fromEntries(
  Object.keys(LIMITS)
    .filter((key) => /^correlation.*(Entries|Owners)$/.test(key))
    .map((key) => [key, ENTRIES]),
);

type Act = (lab: CorrelationLab, flows: LabFlow[]) => void;

export function fuzz(random: () => number, isOver: () => boolean): { runs: number } {
  let runs = 0;
  for (; !isOver(); runs++) {
    const script = Array.from({ length: STEPS }, () => makeAct(random));
    assert.deepEqual(play(script, 7), play(script, Infinity));
  }
  return { runs };
}

function play(script: readonly Act[], pieceBytes: number): unknown[] {
  const lab = new CorrelationLab({ limits: LIMITS_OF_TABLES, pieceBytes });
  const flows: LabFlow[] = [];
  for (const act of script) act(lab, flows);
  for (const { name: table, count, capacity, bytes, limitBytes } of lab.correlation.report()) {
    assert.ok(count <= capacity && bytes <= limitBytes, table);
  }
  return lab.raised.map(({ event, context, incident }) => [event, context, incident]);
}

/** One step, decided now and the same in every play. */
function makeAct(random: () => number): Act {
  const below = (n: number): number => Math.floor(random() * n);
  const dice = random();
  const which = random();
  const pick = (flows: LabFlow[]): LabFlow | undefined => flows[Math.floor(which * flows.length)];
  if (dice < 0.15) {
    const port = PORTS[below(PORTS.length)] ?? 5222;
    const client = `192.0.2.${below(5)}`;
    const user = `u${below(4)}`;
    const isLogin = port === 5222 && random() < 0.7;
    return (lab, flows) => {
      const flow = lab.flow({ port, client, midstream: !isLogin });
      if (isLogin) logIn(flow, user);
      flows.push(flow);
    };
  }
  if (dice < 0.2) {
    return (_lab, flows) => {
      pick(flows)?.close();
      flows.splice(Math.floor(which * flows.length), 1);
    };
  }
  if (dice < 0.25) {
    const direction: Direction = random() < 0.5 ? 0 : 1;
    return (_lab, flows) => {
      pick(flows)?.gap(direction, 10);
    };
  }
  if (dice < 0.4) {
    const seconds = JUMPS[below(JUMPS.length)] ?? 0;
    return (lab) => {
      lab.wait(seconds);
    };
  }
  const stanzas = assortedStanzas(below(4), below(4));
  const text = stanzas[below(stanzas.length)] ?? '';
  const times = random() < 0.2 ? 1 + below(30) : 1;
  const isClient = random() < 0.5;
  return (_lab, flows) => {
    const flow = pick(flows);
    if (flow === undefined) return;
    for (let i = 0; i < times; i++) {
      if (isClient) flow.c(text);
      else flow.s(text);
    }
  };
}
