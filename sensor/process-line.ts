/**
 * Messages between two processes over a stream socket: a length of four bytes, then the message as node:v8 writes it
 * (typed arrays arrive as such). What child_process has for that ties the two to be parent and child; a capture worker is
 * no child of the supervisor (starter-link.ts).
 */
import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';
import { errorText, log } from './core/index.ts';

const LENGTH_BYTES = 4;
/** A hundred times what the largest batch of records needs: a length beyond is no length. */
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;
/** With more than this waiting the other side is behind. */
const FULL_BYTES = 128 * 1024;

export class ProcessLine<Out, In> {
  /** Settles when nothing more will come: all that was sent before has been handed on. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #onMessage: (message: In) => void;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Bytes to be there before there is something to do: of a length, or of a message with its length. */
  #wanted = LENGTH_BYTES;

  constructor(socket: Socket, onMessage: (message: In) => void) {
    this.#socket = socket;
    this.#onMessage = onMessage;
    this.closed = new Promise((resolve) => {
      if (socket.closed) resolve();
      socket.once('close', () => {
        resolve();
      });
    });
    // The other side died: `closed` says so.
    socket.on('error', (error) => {
      log('debug', 'run', `line to another process: ${error.message}`);
    });
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  /** Much waits to be sent already: what can be left out should be. */
  get isFull(): boolean {
    return this.#socket.writableLength >= FULL_BYTES;
  }

  /** False when it is full now; `onSent` when this message has left, or never will. */
  send(message: Out, onSent?: () => void): boolean {
    const body = serialize(message);
    const head = Buffer.allocUnsafe(LENGTH_BYTES);
    head.writeUInt32LE(body.length);
    this.#socket.cork();
    this.#socket.write(head);
    this.#socket.write(body, () => onSent?.());
    this.#socket.uncork();
    return !this.isFull;
  }

  /** Closes behind what was sent. */
  end(): void {
    this.#socket.end();
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#wanted) return;
    const bytes = Buffer.concat(this.#chunks, this.#bytes);
    let at = 0;
    this.#wanted = LENGTH_BYTES;
    while (bytes.length - at >= LENGTH_BYTES) {
      const length = bytes.readUInt32LE(at);
      if (length > MAX_MESSAGE_BYTES) {
        this.#refuse(`a message of ${length} bytes`);
        return;
      }
      this.#wanted = LENGTH_BYTES + length;
      if (bytes.length - at < this.#wanted) break;
      if (!this.#handOn(bytes.subarray(at + LENGTH_BYTES, at + this.#wanted))) return;
      at += this.#wanted;
      this.#wanted = LENGTH_BYTES;
    }
    const rest = bytes.subarray(at);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
  }

  #handOn(body: Buffer): boolean {
    let message: In;
    try {
      message = deserialize(body) as In;
    } catch (error) {
      this.#refuse(errorText(error));
      return false;
    }
    this.#onMessage(message);
    return true;
  }

  #refuse(reason: string): void {
    log('error', 'run', `line to another process closed: ${reason}`);
    this.#chunks = [];
    this.#bytes = 0;
    this.#wanted = LENGTH_BYTES;
    this.#socket.destroy();
  }
}
