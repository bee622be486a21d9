/** What both sides of a connection said around an alert, out of its packets (contract: api/contract.ts, Transcript). */
import type { Transcript, TranscriptEntry } from '../api/index.ts';
import type { SensorConfig } from '../config/index.ts';
import type { Finding } from '../detect/index.ts';
import { findKept, packetsFolder, readKept, type KeptFlow } from '../packets/index.ts';
import type { DetectEngine } from '../detect/index.ts';
import { KnownSecrets } from './known-secrets.ts';
import { Playback, type Played } from './playback.ts';
import { rawText } from './raw-element.ts';
import { EntryDraft, WITHHELD } from './transcript-entry.ts';

/** The alert a transcript is asked for. */
export interface TranscriptAlert {
  readonly alertId: string;
  readonly tsUsec: number;
  readonly flowId: number;
  readonly communityId: string;
  readonly gid: number;
  readonly sid: number;
  readonly direction: string;
}

/** Entries of a transcript, about half of them before the alert. */
const ENTRIES = 200;
/** Packets in front of the alert that are played, and behind it. */
const PLAYED_BYTES = 16 * 1024 * 1024;
/** Markup between elements that says nothing: a declaration, white space. */
const SILENT = /^\s*(?:<\?xml[^>]{0,256}\?>)?\s*$/;
const STREAM_END = /^\s*<\/(?:[\w.-]{1,16}:)?stream\s*>\s*$/;

/** Rejects when the spool may not be read. `setCurrent`: the engine asks what is played. */
export async function transcriptOf(
  config: SensorConfig,
  alert: TranscriptAlert,
  engine: DetectEngine,
  setCurrent: (playback: Playback | undefined) => void,
): Promise<Transcript> {
  const flow = await findKept(packetsFolder(config.data_dir), alert, config.packets.max_days);
  const { alertId } = alert;
  if (flow === undefined) {
    return { alertId, reason: 'The packets of this connection were deleted', entries: [] };
  }
  const around = packetsAround(flow, alert.tsUsec);
  const collector = new Collector(alert);
  const playback = new Playback(config, engine, collector);
  setCurrent(playback);
  let packets = 0;
  for await (const packet of readKept(around)) {
    if (collector.isFull) break;
    playback.packet(packet);
    packets++;
  }
  playback.finish();
  setCurrent(undefined);
  return { alertId, ...collector.finish(packets < flow.packets) };
}

/** Of a flow with very many packets those next to the alert. */
function packetsAround(flow: KeptFlow, tsUsec: number): KeptFlow {
  if (flow.bytes <= PLAYED_BYTES) return flow;
  let before = PLAYED_BYTES;
  let behind = PLAYED_BYTES;
  const files = flow.files
    .toReversed()
    .map(({ path, index }) => ({
      path,
      index: {
        ...index,
        stretches: index.stretches
          .toReversed()
          .filter(({ firstUsec, length }) => {
            if (firstUsec <= tsUsec) return (before -= length) > -length;
            return (behind -= length) > -length;
          })
          .toReversed(),
      },
    }))
    .toReversed();
  return { ...flow, files };
}

/** Keeps what was played around the alert. */
class Collector {
  readonly #alert: TranscriptAlert;
  readonly #secrets = new KnownSecrets();
  readonly #played: Played[] = [];
  #behind = 0;
  #isCut = false;

  constructor(alert: TranscriptAlert) {
    this.#alert = alert;
  }

  /** Enough was said behind the alert. */
  get isFull(): boolean {
    return this.#behind >= ENTRIES;
  }

  onPlayed(played: Played): void {
    if (this.isFull) return;
    this.#played.push(played);
    if (timeOf(played) > this.#alert.tsUsec) this.#behind++;
    else if (this.#played.length > 2 * ENTRIES) {
      this.#played.splice(0, ENTRIES);
      this.#isCut = true;
    }
  }

  onSecret(text: string): void {
    this.#secrets.addLogin(text);
  }

  finish(isPartly: boolean): Pick<Transcript, 'reason' | 'entries'> {
    const at = this.#alertAt();
    const from = Math.max(0, Math.min(at - ENTRIES / 2, this.#played.length - ENTRIES));
    const around = this.#played.slice(from, from + ENTRIES);
    const drafts = around.map((played, i) => this.#draft(played, from + i === at));
    // Only now all secrets of the conversation are known.
    const entries = drafts.flatMap((draft) => {
      const entry = draft instanceof EntryDraft ? draft.finish(this.#secrets) : draft;
      return entry === undefined ? [] : [entry];
    });
    if (entries.length === 0) {
      return { reason: 'No XMPP can be read in the packets of this connection', entries };
    }
    const isCut = isPartly || this.#isCut || around.length < this.#played.length;
    return { reason: isCut ? 'Only what was said around the alert is shown' : '', entries };
  }

  /** Index of what the alert is about: where its rule matched at its time, else what was said last by then. */
  #alertAt(): number {
    const { tsUsec, direction } = this.#alert;
    const found = this.#played.findIndex((played) =>
      this.#marking(played).some((finding) => finding.tsUsec === tsUsec),
    );
    if (found >= 0) return found;
    const isTimely = (played: Played): boolean =>
      played.what === 'element' &&
      played.element.tsUsec <= tsUsec &&
      (played.element.direction === 0) === (direction === 'to_server');
    return this.#played.findLastIndex(isTimely);
  }

  #marking(played: Played): readonly Finding[] {
    if (played.what !== 'element') return [];
    const { gid, sid } = this.#alert;
    return played.element.findings.filter(({ rule }) => rule.gid === gid && rule.sid === sid);
  }

  #draft(played: Played, isAlert: boolean): EntryDraft | TranscriptEntry | undefined {
    switch (played.what) {
      case 'element': {
        const marked = isAlert ? this.#marking(played) : [];
        return new EntryDraft(played.element, isAlert, marked, this.#secrets);
      }
      case 'gap':
        return note(played, 'gap', `${played.bytes} bytes were not seen`);
      case 'sealed':
        return note(
          { ...played, direction: 1 },
          played.how === 'starttls' ? 'tls' : 'other',
          played.how === 'starttls' ? 'TLS from here on' : 'Compressed from here on',
        );
      case 'loose': {
        const text = rawText(played.bytes);
        if (SILENT.test(text)) return undefined;
        if (STREAM_END.test(text)) return { ...note(played, 'stream', text.trim()), raw: text };
        // What says that it is a login may stand in bytes that were not seen: nothing of it is shown.
        const { length } = played.bytes;
        return { ...note(played, 'other', `${length} bytes of no whole element`), raw: WITHHELD };
      }
    }
  }
}

function timeOf(played: Played): number {
  return played.what === 'element' ? played.element.tsUsec : played.tsUsec;
}

function note(
  { tsUsec, direction }: { readonly tsUsec: number; readonly direction: number },
  kind: string,
  decoded: string,
): TranscriptEntry {
  return {
    ...{ tsUsec, direction: direction === 0 ? 'to_server' : 'to_client', kind, decoded, raw: '' },
    ...{ marks: [], rawMarks: [], isAlert: false, isDisguised: false, isCut: false },
  };
}
