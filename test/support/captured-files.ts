/** A capture played through flow table, xmpp/ and the watches of files/, whole or with packets left out. */
import { join } from 'node:path';
import { readCapture } from '../../sensor/capture/index.ts';
import {
  Counters,
  defaultLimits,
  packetTime,
  type Direction,
  type PacketTime,
} from '../../sensor/core/index.ts';
import { DECODED, PacketView, decodePacket } from '../../sensor/decode/index.ts';
import type { FinishedFile } from '../../sensor/files/index.ts';
import { FlowTable, type FlowHandler } from '../../sensor/flow/index.ts';
import { DATA } from './capture-flows.ts';
import type { LabFlow, LabOptions } from './correlation-lab.ts';
import { FilesLab } from './ledger-lab.ts';

interface Packet {
  readonly bytes: Uint8Array;
  readonly wirelen: number;
  readonly time: PacketTime;
  readonly linkType: number;
}

/** Every flow of the table as one of the lab. */
class Bridge implements FlowHandler {
  readonly #lab: FilesLab;
  readonly #table: FlowTable;
  readonly #flows = new Map<number, LabFlow>();

  constructor(lab: FilesLab, table: FlowTable) {
    this.#lab = lab;
    this.#table = table;
  }

  onOpen(flow: number): void {
    const { clientIp, serverIp, serverPort, isMidstream } = this.#table.info(flow);
    const facts = { client: clientIp, server: serverIp, port: serverPort, midstream: isMidstream };
    this.#flows.set(flow, this.#lab.lab.flow(facts));
  }

  onData(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const part = bytes.slice(offset, offset + length);
    const lab = this.#flows.get(flow);
    if (direction === 0) lab?.c(part);
    else lab?.s(part);
  }

  onGap(flow: number, direction: Direction, length: number): void {
    this.#flows.get(flow)?.gap(direction, length);
  }

  onEvent(): void {
    // What the wire looked like is no concern here.
  }

  onClose(flow: number): void {
    this.#flows.get(flow)?.close();
  }
}

export class CapturedFiles {
  readonly #packets: readonly Packet[];

  private constructor(packets: readonly Packet[]) {
    this.#packets = packets;
  }

  /** `file` is in the captures beside the project. */
  static async read(file: string): Promise<CapturedFiles> {
    const packets: Packet[] = [];
    await readCapture(join(DATA, file), {
      packet(bytes, offset, caplen, wirelen, time, linkType) {
        const packet = bytes.slice(offset, offset + caplen);
        packets.push({ bytes: packet, wirelen, time: packetTime(time[0]), linkType });
      },
    });
    return new CapturedFiles(packets);
  }

  get packetCount(): number {
    return this.#packets.length;
  }

  /** The files told at the end, without the packets `isLost` names. */
  play(
    options: LabOptions = {},
    isLost: (packet: number) => boolean = () => false,
  ): readonly FinishedFile[] {
    const lab = new FilesLab({ isOn: false, ...options });
    const table = new FlowTable({ counters: new Counters(), limits: defaultLimits() });
    table.connect(new Bridge(lab, table));
    const view = new PacketView();
    for (const [i, { bytes, wirelen, time, linkType }] of this.#packets.entries()) {
      if (isLost(i)) continue;
      const verdict = decodePacket(bytes, 0, bytes.length, wirelen, time, linkType, view);
      if (verdict === DECODED) table.process(view);
    }
    table.shutdown();
    return lab.finish();
  }
}
