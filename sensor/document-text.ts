/** The text of a document for its fingerprint, as the inspector reads files that are sent: what is read here is found there. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { limitValues, type SensorConfig } from './config/index.ts';
import { Counters, errorText } from './core/index.ts';
import { createInspector, type Inspection, type Inspector } from './files/index.ts';

export interface DocumentText {
  readonly text: string;
  /** Not all of it was read: which limit. '' when all was. */
  readonly unseen: string;
}

/** An operator waits longer for a document than the sensor for a file. */
const PATIENCE_SECONDS = 60;

export class DocumentReader {
  readonly #maxBytes: number;
  readonly #inspector: Inspector;

  constructor(config: SensorConfig) {
    const limits = limitValues(config);
    this.#maxBytes = limits.dlpDocumentBytes;
    this.#inspector = createInspector({
      mode: 'wait',
      counters: new Counters(),
      limits: {
        ...limits,
        filesInspectSeconds: Math.max(PATIENCE_SECONDS, limits.filesInspectSeconds),
        filesInspectBytes: Math.max(this.#maxBytes, limits.filesInspectBytes),
      },
    });
  }

  /** The text of a file, of all its parts; or why it has none. Never throws. */
  read(path: string): DocumentText | string {
    const bytes = this.#bytesOf(path);
    if (typeof bytes === 'string') return bytes;
    if (bytes.length === 0) return 'it is empty';
    const inspection = this.#inspect(path, bytes);
    if (inspection === undefined) return 'it could not be looked into';
    const decoder = new TextDecoder();
    const text = inspection.parts.map((part) => decoder.decode(part.text)).join('\n\n');
    if (text.trim() !== '') return { text, unseen: inspection.unseen };
    const { magic } = inspection.type;
    return `no text was found in it${magic === '' ? '' : ` (${magic})`}`;
  }

  close(): void {
    this.#inspector.close();
  }

  #bytesOf(path: string): Uint8Array | string {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch (error) {
      return errorText(error);
    }
    try {
      const facts = fstatSync(file);
      if (facts.isDirectory()) return 'it is a folder';
      if (!facts.isFile()) return 'it is no regular file';
      if (facts.size > this.#maxBytes) {
        return `it is larger than ${this.#maxBytes} bytes (limit dlp.document_bytes)`;
      }
      return readFileSync(file);
    } catch (error) {
      return errorText(error);
    } finally {
      closeSync(file);
    }
  }

  #inspect(path: string, bytes: Uint8Array): Inspection | undefined {
    let found: Inspection | undefined;
    this.#inspector.inspect({ name: path, mime: '', bytes, isWhole: true }, (inspection) => {
      found = inspection;
    });
    return found;
  }
}
