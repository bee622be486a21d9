/** What rules see of a stanza or file, buffer by buffer: for people who write rules, never part of the packet path. */
import type { StanzaView } from '../xmpp/index.ts';
import { FileRegions } from './file-regions.ts';
import type { FileView } from './file-types.ts';
import { TEXT_BUFFERS } from './plan.ts';
import { RegionIndex, type RegionTable } from './region-index.ts';
import { UrlRegions } from './url-regions.ts';

const MAX_REGIONS = 4096;
const MAX_URLS = 256;
const FOLD_BYTES = 16 * 1024 * 1024;

/** One text of a buffer; borrowed for the call. */
export interface BufferText {
  /** Id of core/buffers.ts. */
  readonly buffer: number;
  readonly bytes: Uint8Array;
}

export class BufferReader {
  readonly #regions = new RegionIndex();
  readonly #urls = new UrlRegions(MAX_URLS);

  /** The regions of a stanza as the engine builds them, links included. Valid until the next call. */
  regionsOf(view: StanzaView): RegionTable {
    this.#urls.reset();
    for (let i = 0; i < view.regionCount; i++) {
      if (!TEXT_BUFFERS.includes(view.regions[3 * i] as number)) continue;
      const offset = view.regions[3 * i + 1] as number;
      this.#urls.addText(view.memory, offset, view.regions[3 * i + 2] as number);
    }
    const { memory, regions, count } = this.#urls;
    this.#regions.build(view, MAX_REGIONS, memory, regions, count);
    return this.#regions;
  }

  /** Calls back for the regions of each part of a file. */
  eachPart(view: FileView, visit: (regions: FileRegions) => void): void {
    const regions = new FileRegions();
    regions.build(view, FOLD_BYTES);
    for (let part = 0; part < regions.partCount; part++) {
      regions.usePart(part);
      visit(regions);
    }
  }

  stanza(view: StanzaView): BufferText[] {
    return textsOf(this.regionsOf(view));
  }

  /** Without the bytes of the file that are no text. */
  file(view: FileView): BufferText[] {
    const texts: BufferText[] = [];
    this.eachPart(view, (regions) => {
      texts.push(...textsOf(regions, (region) => regions.isText(region)));
    });
    return texts;
  }
}

/** In the order of the buffers, those of a buffer in the order of the stanza. */
function textsOf(regions: RegionTable, isShown: (region: number) => boolean = all): BufferText[] {
  const texts: BufferText[] = [];
  for (const [buffer, first] of regions.first.entries()) {
    for (let region = first; region >= 0; region = regions.next[region] as number) {
      if (!isShown(region)) continue;
      const offset = regions.offsets[region] as number;
      const end = offset + (regions.lengths[region] as number);
      texts.push({
        buffer,
        bytes: regions.memoryOf(region).subarray(offset, end),
      });
    }
  }
  return texts;
}

function all(): boolean {
  return true;
}
