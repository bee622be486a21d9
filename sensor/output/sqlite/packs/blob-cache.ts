/**
 * Blobs that were read, or made of such, and never change, so that the next question need not read them: a writer's commit
 * takes the pages from a reader's own cache. When it is full, what no question has used for longest gives way, but nothing
 * that the question at hand has used: one that needs more than there is room for finds the same part again next time.
 */
interface Kept {
  readonly blob: Uint8Array;
  /** Number of the question that used it last. */
  question: number;
}

export class BlobCache {
  readonly #maxBytes: number;
  /** The one used longest ago first. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;
  #question = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What is used from now on is used by another question. */
  nextQuestion(): void {
    this.#question++;
  }

  /** The blob of this name, which `read` gives when it is not known. */
  blob(name: string, read: () => Uint8Array): Uint8Array {
    const known = this.#kept.get(name);
    if (known !== undefined) {
      known.question = this.#question;
      this.#kept.delete(name);
      this.#kept.set(name, known);
      return known.blob;
    }
    const blob = read();
    if (this.#makeRoom(blob.length)) {
      this.#kept.set(name, { blob, question: this.#question });
      this.#bytes += blob.length;
    }
    return blob;
  }

  #makeRoom(bytes: number): boolean {
    for (const [name, { blob, question }] of this.#kept) {
      if (this.#bytes + bytes <= this.#maxBytes || question === this.#question) break;
      this.#kept.delete(name);
      this.#bytes -= blob.length;
    }
    return this.#bytes + bytes <= this.#maxBytes;
  }
}
