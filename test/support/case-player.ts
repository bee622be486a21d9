/** The shipped signatures with a player for their cases. */
import { join } from 'node:path';
import { CasePlayer } from '../../sensor/case-player.ts';
import { validatorProblem } from '../../sensor/detect/index.ts';
import { createDetectors } from '../../sensor/detectors.ts';
import { loadRules, type RuleSet } from '../../sensor/rules/index.ts';

/** The folder of the shipped signatures; tests run in the root of the project. */
export const SIGNATURES = join(process.cwd(), 'signatures');

/** The shipped rules; problems are in the set. */
export function shippedRules(): RuleSet {
  return loadRules([SIGNATURES], { requireDetection: true, validatorProblem });
}

/** A player with the shipped rules and detectors. */
export function shippedPlayer(rules: RuleSet = shippedRules()): CasePlayer {
  return new CasePlayer(rules, createDetectors(100));
}
