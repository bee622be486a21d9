/** The supervisor's link to the process that starts capture workers (worker-starter.ts). */
import { fork, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { log } from './core/index.ts';
import type { FromStarter, ToStarter } from './worker-messages.ts';

/** A worker process, from its start to its end. */
export interface WorkerProcess {
  /** To speak with it. */
  readonly line: Socket;
  /** How it ended. */
  readonly ended: Promise<string>;
  kill(): void;
}

/** The channel of child_process: of a child to its parent, or of a parent to its child. */
type Channel = Pick<ChildProcess, 'connected' | 'disconnect'> & {
  on(event: 'message', listener: (message: FromStarter, handle: unknown) => void): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
  send(message: ToStarter, onSent: () => void): unknown;
};

interface Start {
  /** The worker's line while it may not be spoken to yet. */
  line: Socket | undefined;
  readonly onStarted: (line: Socket) => void;
  readonly onEnded: (how: string) => void;
}

export class StarterLink {
  /** Settles when the starter has ended without being told to. */
  readonly lost: Promise<void>;
  readonly #channel: Channel;
  readonly #starts = new Map<number, Start>();
  #count = 0;
  #isClosed = false;

  private constructor(channel: Channel) {
    this.#channel = channel;
    channel.on('message', (message, handle) => {
      this.#take(message, handle);
    });
    this.lost = new Promise((resolve) => {
      channel.once('disconnect', () => {
        for (const { line, onEnded } of this.#starts.values()) {
          line?.destroy();
          onEnded('the process that starts workers is gone');
        }
        this.#starts.clear();
        if (!this.#isClosed) resolve();
      });
    });
  }

  /** Starts the starter, with the rights of this process. */
  static open(): StarterLink {
    const starter = forkStarter();
    starter.on('error', (error) => {
      log('error', 'run', `the process that starts workers: ${error.message}`);
    });
    return new StarterLink(starter);
  }

  /** Takes over the starter that was there before this process became what it is; undefined without one. */
  static inherited(): StarterLink | undefined {
    if (process.send === undefined || !process.connected) return undefined;
    return new StarterLink({
      get connected() {
        return process.connected;
      },
      disconnect: () => {
        process.disconnect();
      },
      on: (event, listener) => process.on(event, listener),
      once: (event, listener) => process.once(event, listener),
      send: (message, onSent) => process.send?.(message, undefined, undefined, onSent),
    });
  }

  /** Resolves to a worker that may be spoken to; rejects with how it ended when it did so before. */
  start(): Promise<WorkerProcess> {
    const id = ++this.#count;
    let onEnded: (how: string) => void = () => undefined;
    const ended = new Promise<string>((resolve) => {
      onEnded = resolve;
    });
    const started = new Promise<Socket>((resolve) => {
      this.#starts.set(id, { line: undefined, onStarted: resolve, onEnded });
    });
    this.#tell({ type: 'start', id });
    const kill = (): void => {
      this.#tell({ type: 'kill', id });
    };
    return Promise.race([
      started.then((line) => ({ line, ended, kill })),
      ended.then((how) => Promise.reject(new Error(how))),
    ]);
  }

  /** The starter ends, and kills what it has started and is still there. */
  close(): void {
    this.#isClosed = true;
    if (this.#channel.connected) this.#channel.disconnect();
  }

  #take(message: FromStarter, handle: unknown): void {
    const { id } = message;
    const start = this.#starts.get(id);
    if (start === undefined) return;
    switch (message.type) {
      case 'line':
        if (!(handle instanceof Socket)) return;
        start.line = handle;
        this.#tell({ type: 'taken', id });
        break;
      case 'started':
        if (start.line !== undefined) start.onStarted(start.line);
        start.line = undefined;
        break;
      case 'ended':
        this.#starts.delete(id);
        start.line?.destroy();
        start.onEnded(message.how);
        break;
    }
  }

  #tell(message: ToStarter): void {
    // When it is gone `lost` says so.
    if (this.#channel.connected) this.#channel.send(message, () => undefined);
    else this.#starts.get(message.id)?.onEnded('the process that starts workers is gone');
  }
}

/** `command`: what it is started by instead of Node alone; the last word is Node. */
export function forkStarter(command: readonly string[] = [process.execPath]): ChildProcess {
  const [execPath = process.execPath, ...words] = command;
  return fork(fileURLToPath(new URL('./worker-starter.js', import.meta.url)), [], {
    execPath,
    execArgv: [...words, ...process.execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}
