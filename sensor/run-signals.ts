/**
 * Signals of `run`: TERM and INT end it, HUP reopens files, USR2 reloads rules. They are caught from the first moment,
 * since HUP and USR2 kill a process that does not expect them; what comes while the sensor starts is done once it runs.
 */
import { EXIT } from './core/index.ts';

export interface RunTasks {
  reopen(): void;
  reload(): void;
}

export class RunSignals {
  /** The exit status, once TERM or INT came. */
  readonly ended: Promise<number>;
  #tasks: RunTasks | undefined;
  #isReopenWanted = false;
  #isReloadWanted = false;

  constructor() {
    this.ended = new Promise((resolve) => {
      process.once('SIGTERM', () => {
        resolve(EXIT.ok);
      });
      process.once('SIGINT', () => {
        resolve(EXIT.interrupted);
      });
    });
    process.on('SIGHUP', () => {
      this.#isReopenWanted = true;
      this.#act();
    });
    process.on('SIGUSR2', () => {
      this.#isReloadWanted = true;
      this.#act();
    });
  }

  /** The sensor runs: from now on signals are obeyed at once. */
  serve(tasks: RunTasks): void {
    this.#tasks = tasks;
    this.#act();
  }

  #act(): void {
    if (this.#tasks === undefined) return;
    if (this.#isReopenWanted) this.#tasks.reopen();
    if (this.#isReloadWanted) this.#tasks.reload();
    this.#isReopenWanted = false;
    this.#isReloadWanted = false;
  }
}
