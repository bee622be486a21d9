/** Sends the file of a case: looked into by the inspector and judged by the rules, as a file that has just ended. */
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

export interface CaseFilePlace {
  readonly flow: number;
  readonly tsUsec: number;
  readonly session: XmppSession;
}

export class CaseFileSender {
  readonly #inspector: Inspector;
  readonly #engine: DetectEngine;

  constructor(engine: DetectEngine, counters: Counters, limits: LimitValues) {
    this.#engine = engine;
    this.#inspector = createInspector({ mode: 'wait', counters, limits });
  }

  /** What the rules saw of it. */
  send(source: CaseFile, place: CaseFilePlace): FileView {
    const file = finished(source, place);
    // In-band data and what stands in stanzas belong to a session, other roads do not.
    const isInBand = source.road !== 'socks5' && source.road !== 'http';
    const session = isInBand ? place.session : undefined;
    const inspection = this.#inspect(file);
    const view = viewOfFile(file, inspection, { session, fileId: '' });
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
    this.#inspector.inspect(job, (answer) => {
      inspection = answer;
    });
    return inspection;
  }
}

function finished(source: CaseFile, { flow, tsUsec }: CaseFilePlace): FinishedFile {
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
