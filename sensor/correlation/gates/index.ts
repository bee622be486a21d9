/**
 * The gates of threats.md 0.1 that need memory or the text, in the order they are asked. The others stand where
 * their facts are: gap and phase in xmpp/ (`session.inSync`, the phase machine) and `Scene`, direction in
 * `Scene.hop`.
 */
import type { LimitValues, ThresholdValues } from '../../core/index.ts';
import { STANZA } from '../../xmpp/index.ts';
import type { JidKeys } from '../keys.ts';
import type { Scene, SceneGates } from '../scene.ts';
import type { StateMemory } from '../state-memory.ts';
import type { RoomNames } from '../tables/room-names.ts';
import { CannedBodyGate } from './canned-body.ts';
import { DuplicateGate } from './duplicate-gate.ts';

export interface GateOptions {
  readonly memory: StateMemory;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  /** JIDs and domains whose texts may repeat. */
  readonly botAllow: readonly string[];
  readonly rooms: RoomNames;
}

class Gates implements SceneGates {
  readonly #duplicates: DuplicateGate;
  readonly #canned: CannedBodyGate;

  constructor({ memory, limits, thresholds, botAllow, rooms }: GateOptions) {
    this.#duplicates = new DuplicateGate(memory, limits.correlationSightingEntries, rooms);
    this.#canned = new CannedBodyGate(botAllow, thresholds.shortTextChars);
  }

  isRepeat(scene: Scene): boolean {
    return this.#duplicates.isRepeat(scene);
  }

  isCanned(scene: Scene): boolean {
    return scene.view.kind === STANZA.message && this.#canned.isCanned(scene);
  }

  isBot(address: JidKeys): boolean {
    return this.#canned.isBot(address);
  }
}

export function createGates(options: GateOptions): Gates {
  return new Gates(options);
}
