/**
 * A process that answers one question and ends. What it loads (native addons, the store, rules) may crash, hang or take
 * long: then only it does. It loads what the question needs and nothing else, so that one broken part hides no other.
 */
import { OperatorError, errorText, setLogWriter } from '../core/index.ts';
import type { Asked, Told } from './probe-questions.ts';

/** Loads what a question needs, and gives how to answer it. */
async function answererOf({ ask, input }: Asked): Promise<() => unknown> {
  switch (ask) {
    case 'libhs': {
      const { checkLibhs } = await import('../detect/index.ts');
      return checkLibhs;
    }
    case 'libpcap': {
      const { libpcapVersion } = await import('../capture/index.ts');
      return libpcapVersion;
    }
    case 'sqlite': {
      const { sqliteVersion } = await import('../output/index.ts');
      return sqliteVersion;
    }
    case 'store': {
      const { examineStore } = await import('../output/index.ts');
      return () => examineStore(input);
    }
    case 'integrity': {
      const { quickCheckStore } = await import('../output/index.ts');
      return () => quickCheckStore(input);
    }
    case 'rules': {
      const { reportRules } = await import('./rule-report.ts');
      return () => reportRules(input);
    }
  }
}

async function tell(told: Told): Promise<void> {
  await new Promise((resolve) => process.send?.(told, resolve));
}

async function answer(asked: Asked): Promise<void> {
  try {
    const answerer = await answererOf(asked);
    await tell({ isLoaded: true });
    await tell({ answer: answerer() });
  } catch (error) {
    const hint = error instanceof OperatorError ? error.hint : undefined;
    await tell({ problem: errorText(error), hint });
  }
  process.disconnect();
}

// Who asked says it in words of its own.
setLogWriter(() => undefined);

process.on('message', (asked: Asked) => {
  void answer(asked);
});
