/**
 * Blobs that were read and never change, so that the next question need not read them: a writer's commit takes the pages
 * from a reader's own cache. Emptied when it is full.
 */
const MAX_BYTES = 64 * 1024 * 1024;

export class BlobCache {
  readonly #blobs = new Map<string, Uint8Array>();
  #bytes = 0;

  /** The blob of this name, which `read` gives when it is not known. */
  blob(name: string, read: () => Uint8Array): Uint8Array {
    const known = this.#blobs.get(name);
    if (known !== undefined) return known;
    const blob = read();
    this.#bytes += blob.length;
    if (this.#bytes > MAX_BYTES) {
      this.#blobs.clear();
      this.#bytes = blob.length;
    }
    this.#blobs.set(name, blob);
    return blob;
  }
}
