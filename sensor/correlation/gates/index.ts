/**
 * The gates of threats.md 0.1 that need memory, in the order they are asked. The others stand where their facts
 * are: gap and phase in xmpp/ (`session.inSync`, the phase machine) and `Scene`, direction in `Scene.hop`.
 */
import type { LimitValues } from '../../core/index.ts';
import type { Scene } from '../scene.ts';
import type { StateMemory } from '../state-memory.ts';

export class Gates {
  /** Sets what the gates say on the scene. */
  judge(_scene: Scene): void {
    // Filled by duplicate and canned-body gates.
  }
}

export function createGates(_memory: StateMemory, _limits: LimitValues): Gates {
  return new Gates();
}
