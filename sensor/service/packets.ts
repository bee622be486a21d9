/** Packets of alerts as the API asks for them: how many are kept, a pcapng of the flow, a transcript. */
import type { PacketService, PacketsKept, Transcript } from '../api/index.ts';
import type { SensorConfig } from '../config/index.ts';
import { OperatorError, errorText, type StoredAlert } from '../core/index.ts';
import { findKept, packetsFolder, writeKept, type KeptFlow } from '../packets/index.ts';
import { TranscriptLine } from './transcript-line.ts';

const PROGRAM = 'stanzawatch';

export interface PacketServiceOptions {
  readonly config: SensorConfig;
}

/** PacketService, and what the command line needs besides. */
export interface PacketAnswers extends PacketService {
  /** One pcapng with the flows of several alerts, each named in a packet comment; undefined when nothing is kept. */
  export(alerts: readonly StoredAlert[]): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Ends the thread of transcripts. */
  close(): Promise<void>;
}

/** All of it rejects with OperatorError STORE_UNREADABLE where the spool may not be read. */
export function createPacketService(options: PacketServiceOptions): PacketAnswers {
  return new SpooledPackets(options);
}

class SpooledPackets implements PacketAnswers {
  readonly #config: SensorConfig;
  readonly #transcripts: TranscriptLine;

  constructor({ config }: PacketServiceOptions) {
    this.#config = config;
    this.#transcripts = new TranscriptLine(config);
  }

  async kept(alert: StoredAlert): Promise<PacketsKept> {
    const flow = await this.#find(alert);
    if (flow === undefined) {
      const reason = this.#reason(alert);
      return { packets: 0, bytes: 0, firstUsec: 0, lastUsec: 0, reason };
    }
    const { packets, bytes, firstUsec, lastUsec } = flow;
    return { packets, bytes, firstUsec, lastUsec, reason: '' };
  }

  async pcap(alert: StoredAlert): Promise<AsyncIterable<Uint8Array> | undefined> {
    return this.export([alert]);
  }

  async export(alerts: readonly StoredAlert[]): Promise<AsyncIterable<Uint8Array> | undefined> {
    const flows: KeptFlow[] = [];
    for (const alert of alerts) {
      const flow = await this.#find(alert);
      if (flow !== undefined) flows.push(flow);
    }
    return flows.length === 0 ? undefined : writeKept(flows, PROGRAM);
  }

  async transcript(alert: StoredAlert): Promise<Transcript> {
    const flow = await this.#find(alert);
    if (flow !== undefined) {
      const transcript = await this.#transcripts.ask(alert);
      const carried = transcript.entries.length === 0 ? carriedWords(alert) : '';
      return carried === '' ? transcript : { ...transcript, reason: carried };
    }
    return { alertId: alert.alertId, reason: this.#reason(alert), entries: [] };
  }

  close(): Promise<void> {
    return this.#transcripts.close();
  }

  async #find(alert: StoredAlert): Promise<KeptFlow | undefined> {
    const folder = packetsFolder(this.#config.data_dir);
    try {
      return await findKept(folder, alert, this.#config.packets.max_days);
    } catch (error) {
      throw new OperatorError(
        'STORE_UNREADABLE',
        `Cannot read the packets in ${folder}: ${errorText(error)}`,
        "Run as the sensor's user",
        { cause: error },
      );
    }
  }

  /** Why there are none, as far as that can be told. */
  #reason({ flowId }: StoredAlert): string {
    if (flowId < 1) return 'The alert is about no single connection';
    if (!this.#config.packets.keep) return 'Packets are not kept (packets.keep is off)';
    const { max_days: days } = this.#config.packets;
    return (
      'No packets of this connection are kept: they are deleted when packets.max_bytes is used up and after ' +
      `${days} days (packets.max_days), or were not kept when the alert was raised`
    );
  }
}

const ROADS: Readonly<Record<string, string>> = { socks5: 'SOCKS5', http: 'HTTP' };

/** Of a connection that carried a file what it was; '' of others. */
export function carriedWords({ context }: Pick<StoredAlert, 'context'>): string {
  const road = ROADS[String(context['road'] ?? '')];
  if (road === undefined) return '';
  const name = String(context['file_name'] ?? '');
  const id = String(context['file_id'] ?? '');
  return (
    `This connection carried ${name === '' ? 'a file' : `the file "${name}"`} over ${road}, no XMPP: there is no ` +
    `conversation to show. Its packets are kept, take them as pcapng; the page of the file ${id} says what is in it`
  );
}
