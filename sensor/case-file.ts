/** Files of cases: looked into by the inspector and judged by the rules, as files that have just ended. */
import { createHash } from 'node:crypto';
import { sha256, type Counters, type LimitValues } from './core/index.ts';
import type { DetectEngine, FileView } from './detect/index.ts';
import {
  createInspector,
  viewOfFile,
  type FinishedFile,
  type Inspection,
  type Inspector,
} from './files/index.ts';
import type { CaseFile } from './rules/index.ts';
import type { XmppSession } from './xmpp/index.ts';

export class CaseFileJudge {
  readonly #inspector: Inspector;
  readonly #engine: DetectEngine;

  constructor(engine: DetectEngine, counters: Counters, limits: LimitValues) {
    this.#engine = engine;
    this.#inspector = createInspector({ mode: 'wait', counters, limits });
  }

  /** What the rules saw of it. */
  judge(file: FinishedFile, session: XmppSession | undefined): FileView {
    const view = viewOfFile(file, this.#inspect(file), { session, fileId: '' });
    this.#engine.onFile(view);
    return view;
  }

  close(): void {
    this.#inspector.close();
  }

  #inspect({ offer, content, isContentWhole }: FinishedFile): Inspection | undefined {
    const { name = '', mime = '' } = offer ?? {};
    const job = { name, mime, bytes: new Uint8Array(content), isWhole: isContentWhole };
    let inspection: Inspection | undefined;
    // Of nothing there is nothing to look into.
    if (content.length === 0) return undefined;
    this.#inspector.inspect(job, (answer) => {
      inspection = answer;
    });
    return inspection;
  }
}

/** The file a case sends, as if it had come over its road. */
export function sentFile(source: CaseFile, flow: number, tsUsec: number): FinishedFile {
  const { road, from, to, name, size, mime, content, lack } = source;
  const isWhole = lack === '';
  const place = { flow, direction: 0, tsUsec } as const;
  return {
    road,
    offer: {
      ...{ from, to, tsUsec, flow, name, size, mime },
      protocol: road === 'http' ? 'upload' : 'jingle',
      sid: 's1',
      description: '',
      sha256: source.sha256,
      md5: source.md5,
    },
    start: place,
    end: place,
    seenBytes: content.length,
    gapBytes: lack === 'gap' ? 1 : 0,
    expectedBytes: size,
    lack,
    sha256: isWhole ? sha256(content, 'hex') : '',
    md5: isWhole ? createHash('md5').update(content).digest('hex') : '',
    sha1: '',
    content,
    hasStart: lack !== 'no_start',
    isContentWhole: isWhole,
    unseen: '',
  };
}
