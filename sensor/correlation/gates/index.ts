/**
 * The gates of threats.md 0.1 that need memory or the text, in the order they are asked. The others stand where
 * their facts are: gap and phase in xmpp/ (`session.inSync`, the phase machine) and `Scene`, direction in
 * `Scene.hop`.
 */
import type { LimitValues, ThresholdValues } from '../../core/index.ts';
import { STANZA } from '../../xmpp/index.ts';
import type { Scene } from '../scene.ts';
import type { StateMemory } from '../state-memory.ts';
import { CannedBodyGate } from './canned-body.ts';
import { DuplicateGate } from './duplicate-gate.ts';

export interface GateOptions {
  readonly memory: StateMemory;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  /** JIDs and domains whose texts may repeat. */
  readonly botAllow: readonly string[];
}

export class Gates {
  readonly #duplicates: DuplicateGate;
  readonly #canned: CannedBodyGate;

  constructor({ memory, limits, thresholds, botAllow }: GateOptions) {
    this.#duplicates = new DuplicateGate(memory, limits.correlationSightingEntries);
    this.#canned = new CannedBodyGate(botAllow, thresholds.shortTextChars);
  }

  /** Sets what the gates say on the scene. */
  judge(scene: Scene): void {
    const { kind } = scene.view;
    if (kind > STANZA.iq) return;
    this.#duplicates.judge(scene);
    this.#canned.judge(scene);
  }
}

export function createGates(options: GateOptions): Gates {
  return new Gates(options);
}
