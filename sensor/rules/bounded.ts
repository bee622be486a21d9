/** Work that may take too long, stopped from outside: an operator's expression may backtrack without end. */
import { Script, createContext } from 'node:vm';

/** Runs `work`; false when it took longer than `ms` milliseconds and was stopped halfway. */
export function finishesWithin(ms: number, work: () => void): boolean {
  const context = createContext({ work });
  try {
    RUN.runInContext(context, { timeout: ms });
    return true;
  } catch (error) {
    if (isTimeout(error)) return false;
    throw error;
  }
}

const RUN = new Script('work()');

/** The error comes from the other context, so it is no instance of this one's Error. */
function isTimeout(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
