import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filterError } from './live-errors.ts';
import { newSession } from './pcap-binding.ts';

const ETHERNET = 1;
const SNAPLEN = 65535;

/**
 * Compiles a BPF expression without opening an interface, so without rights. Throws
 * OperatorError FILTER_INVALID with libpcap's reason. libpcap compiles for a capture that is
 * open, so it is given an empty one.
 */
export function checkFilter(filter: string, linkType: number = ETHERNET): void {
  const folder = mkdtempSync(join(tmpdir(), 'stanzawatch-filter-'));
  try {
    const path = join(folder, 'empty.pcap');
    const header = new DataView(new ArrayBuffer(24));
    header.setUint32(0, 0xa1b2c3d4);
    header.setUint16(4, 2);
    header.setUint16(6, 4);
    header.setUint32(16, SNAPLEN);
    header.setUint32(20, linkType);
    writeFileSync(path, new Uint8Array(header.buffer));
    const session = newSession();
    try {
      session.open_offline(path, filter, 0, SNAPLEN, '', ignore, false, 0, ignore, false);
    } catch (error) {
      throw filterError(filter, error);
    }
    session.close();
    session.dispatch(Buffer.alloc(SNAPLEN), Buffer.alloc(16));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ignore(): void {
  // The capture is empty: there is nothing to hear about.
}
