/** Conversations through the whole pipeline with their packets kept, for tests of what is made of those. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Transcript, TranscriptEntry } from '../../sensor/api/index.ts';
import type { AlertRecord } from '../../sensor/alert/index.ts';
import { loadConfig, type SensorConfig } from '../../sensor/config/index.ts';
import { packetTime, type StoredAlert } from '../../sensor/core/index.ts';
import { createPipeline } from '../../sensor/pipeline.ts';
import { requireRules } from '../../sensor/rule-files.ts';
import { createPacketService, type PacketAnswers } from '../../sensor/service/packets.ts';
import type { RuleSet } from '../../sensor/rules/index.ts';
import { LINK, type TimedPacket } from './packets.ts';

const ETHERNET = LINK.ethernet;

export const XMPP_HEADER =
  "version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

export class PacketLab {
  readonly folder = mkdtempSync(join(tmpdir(), 'stanzawatch-packets-'));
  readonly config: SensorConfig;
  readonly service: PacketAnswers;
  readonly #rules: RuleSet;

  constructor(overrides: readonly string[] = []) {
    this.config = loadConfig({
      file: undefined,
      overrides: [`data_dir=${this.folder}`, 'log_level=error', ...overrides],
    });
    this.#rules = requireRules(this.config, {});
    this.service = createPacketService({ config: this.config });
  }

  /** Alerts of what goes through. */
  async play(packets: readonly TimedPacket[]): Promise<StoredAlert[]> {
    const alerts: AlertRecord[] = [];
    const pipeline = createPipeline({
      config: this.config,
      ruleSet: this.#rules,
      keepsPackets: true,
      emit: (entry) => {
        if (entry.kind === 'alert') alerts.push(entry.record);
      },
    });
    const origin = { interfaceName: '', fileName: 'lab.pcap' };
    const time = packetTime();
    for (const [i, { bytes, tsUsec, wirelen }] of packets.entries()) {
      time[0] = tsUsec;
      const { length } = bytes;
      pipeline.packets.packet(bytes, 0, length, wirelen ?? length, time, ETHERNET, origin, i + 1);
    }
    pipeline.shutdown();
    await pipeline.flush();
    return alerts.map(asStored);
  }

  async close(): Promise<void> {
    await this.service.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** As the store would have it, as far as packets are concerned. */
function asStored({ alert, ...record }: AlertRecord): StoredAlert {
  return { ...record, ...alert, status: 'new', comment: '' } as unknown as StoredAlert;
}

/** The alert's entry. Throws when there is none. */
export function alertEntry({ entries, reason }: Transcript): TranscriptEntry {
  const found = entries.find(({ isAlert }) => isAlert);
  if (found === undefined) throw new Error(`no entry of the alert: ${reason}`);
  return found;
}

/** What is marked in the decoded text, and in the raw text. */
export function markedTexts(entry: TranscriptEntry): { decoded: string[]; raw: string[] } {
  const { decoded, raw, marks, rawMarks } = entry;
  return {
    decoded: marks.map(({ offset, length }) => decoded.slice(offset, offset + length)),
    raw: rawMarks.map(({ offset, length }) => raw.slice(offset, offset + length)),
  };
}
