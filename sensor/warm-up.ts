/**
 * A capture worker plays bundled conversations before it takes its first packet. V8 compiles what runs often: cold,
 * a packet costs ten times what it costs later, and at 50,000 packets/s most of the first second would be shed.
 */
import { fileURLToPath } from 'node:url';
import { readCapture, type PacketHandler } from './capture/index.ts';
import type { SensorConfig } from './config/index.ts';
import { errorText, log, monotonicMs, packetTime, type PacketTime } from './core/index.ts';
import { createPipeline } from './pipeline.ts';
import { requireRules } from './rule-files.ts';

/** Real sessions from log-in to end: servers, rooms, archives, text of many kinds. */
const CAPTURES = [
  'servers/01_c2s_prosody_plain',
  'servers/06_s2s_dialback_plain',
  'servers/07_muc',
  'servers/12b_xmppclient_js_tcp',
  'servers/17_carbons_mam',
  'demo/incident',
].map((name) => fileURLToPath(new URL(`../../fixtures/pcap/${name}.pcap.gz`, import.meta.url)));
/** After so many rounds little is left to gain. */
const ROUNDS = 60;
const LONGEST_MS = 3000;

/** Runs the conversations through a pipeline of its own, which is then forgotten. Never rejects. */
export async function warmUp(config: SensorConfig): Promise<void> {
  const start = monotonicMs();
  try {
    const packets = new Packets();
    for (const path of CAPTURES) await readCapture(path, packets);
    // Rules of its own: nothing that is remembered here may reach the real ones.
    const ruleSet = requireRules(config);
    const pipeline = createPipeline({ config, ruleSet, emit: () => undefined });
    for (let round = 0; round < ROUNDS && monotonicMs() - start < LONGEST_MS; round++) {
      packets.play(pipeline.packets, round);
    }
  } catch (error) {
    log('warn', 'run', `Cannot warm up: ${errorText(error)}`);
  }
  log('debug', 'run', `warm after ${Math.round(monotonicMs() - start)} ms`);
}

/** Packets kept in memory, to be played again and again. */
class Packets implements PacketHandler {
  readonly #packets: { bytes: Uint8Array; time: PacketTime; linkType: number }[] = [];
  #fromUsec = Infinity;
  #toUsec = 0;

  packet(
    bytes: Uint8Array,
    offset: number,
    caplen: number,
    _wirelen: number,
    time: PacketTime,
    linkType: number,
  ): void {
    const usec = time[0] as number;
    this.#packets.push({
      bytes: bytes.slice(offset, offset + caplen),
      time: packetTime(usec),
      linkType,
    });
    this.#fromUsec = Math.min(this.#fromUsec, usec);
    this.#toUsec = Math.max(this.#toUsec, usec);
  }

  /** Each round later than the one before: to flow/ they are new connections. */
  play(handler: PacketHandler, round: number): void {
    const shift = round * (this.#toUsec - this.#fromUsec + 1e6);
    const origin = { interfaceName: '', fileName: '' };
    const shifted = packetTime();
    let number = 0;
    for (const { bytes, time, linkType } of this.#packets) {
      shifted[0] = (time[0] as number) + shift;
      handler.packet(bytes, 0, bytes.length, bytes.length, shifted, linkType, origin, ++number);
    }
  }
}
