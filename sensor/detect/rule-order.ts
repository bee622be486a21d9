/** The order in which the rules of a set are looked at. */
import { compareIds, orderByBits, type Rule } from '../rules/index.ts';

/**
 * By rule: its place in the order. Pass rules come first; then what changes a bit before what tests
 * it, by gid and sid where bits leave it open, so that the order of files decides nothing. Rule sets
 * without bits keep the order they have.
 */
export function rankRules(rules: readonly Rule[]): Int32Array {
  const usesBits = rules.some(
    ({ bitTests, bitChanges }) => bitTests.length > 0 || bitChanges.length > 0,
  );
  const { levels } = orderByBits(usesBits ? rules : []);
  const isPass = (index: number): number => (rules[index]?.action === 'pass' ? 0 : 1);
  const order = rules.map((_, index) => index);
  order.sort((a, b) => {
    const byAction = isPass(a) - isPass(b);
    if (byAction !== 0 || !usesBits) return byAction || a - b;
    return (levels[a] as number) - (levels[b] as number) || compareIds(rules[a], rules[b]);
  });
  const ranks = new Int32Array(rules.length);
  order.forEach((index, rank) => (ranks[index] = rank));
  return ranks;
}
