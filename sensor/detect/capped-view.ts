/** A file whose rules ran out of work, as alerts tell of it: what nobody asked was not seen. */
import type { EventContext } from './detector.ts';
import type { FileView } from './file-types.ts';

const UNASKED = ' (not all rules could be asked)';

/** The same file, with that behind every word on how much of it was seen. */
export function cappedView(view: FileView): FileView {
  const { context, verdicts, describe } = view;
  return {
    ...view,
    context: qualified(context),
    verdicts: verdicts.map((verdict) => ({ ...verdict, context: qualified(verdict.context) })),
    describe: (found) => `${describe(found)}${UNASKED}`,
  };
}

function qualified(context: EventContext): EventContext {
  const more: Record<string, string> = {};
  for (const key of ['summary', 'seen']) {
    const said = context[key];
    if (typeof said === 'string' && said !== '') more[key] = `${said}${UNASKED}`;
  }
  return { ...context, ...more };
}
