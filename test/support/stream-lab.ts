/** Stream rules as text against bytes in pieces: what fires, where. */
import type { Direction } from '../../sensor/core/index.ts';
import type { DetectOptions, Finding } from '../../sensor/detect/index.ts';
import type { RuleSet } from '../../sensor/rules/index.ts';
import type { XmppSession } from '../../sensor/xmpp/index.ts';
import { RuleLab, ruleText } from './rule-lab.ts';

/** Options of a rule -> whole rule of proto tcp. */
export function streamRule(options: string, sid = 1, ways = 'any any -> any any'): string {
  return ruleText(options, sid, `alert tcp ${ways}`);
}

export interface Feed {
  readonly flow?: number;
  readonly direction?: Direction;
  readonly session?: XmppSession;
}

export class StreamLab extends RuleLab {
  readonly #opened = new Set<number>();

  constructor(text: string | RuleSet, options: Partial<DetectOptions> = {}) {
    super(text, options);
  }

  /** Findings of these pieces; packet time is the position behind each piece. */
  feed(pieces: readonly (string | Uint8Array)[], feed: Feed = {}): Finding[] {
    const { flow = 1, direction = 0, session } = feed;
    const { streams } = this.engine;
    if (streams === undefined) throw new Error('no rule on the stream');
    if (!this.#opened.has(flow)) streams.open(flow, false);
    this.#opened.add(flow);
    const before = this.findings.length;
    let position = 0;
    for (const piece of pieces) {
      // Other bytes around them: what is borrowed must not be read beyond its ends.
      const bytes = Buffer.concat([Buffer.from('###'), Buffer.from(piece), Buffer.from('###')]);
      const length = bytes.length - 6;
      position += length;
      streams.data(flow, direction, bytes, 3, length, position, session);
    }
    return this.findings.slice(before);
  }

  close(flow = 1): Finding[] {
    const before = this.findings.length;
    this.engine.streams?.close(flow, 0, undefined);
    this.#opened.delete(flow);
    return this.findings.slice(before);
  }
}
