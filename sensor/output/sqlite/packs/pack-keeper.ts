/**
 * Has a store packed that no sensor writes: a copy that an analyst looks at, the store of a sensor that was stopped. While
 * a sensor writes it, that is left to the sensor; where both begin the same pack, one of them gives it up. Packs say nothing
 * that alerts do not, so making them is no change that the audit tells of.
 */
import Database from 'better-sqlite3';
import { errorText, log } from '../../../core/index.ts';
import { MAX_LOOSE } from './alert-packs.ts';
import type { PackState } from './pack-state.ts';
import { Packing } from './packing.ts';

/** What is to be said of a store about which long questions are slow; undefined when there is nothing. */
export interface PacksNews {
  readonly unpacked: number;
  /** Why they are not packed; '' while they are. */
  readonly problem: string;
  /** The schema is older than packs. */
  readonly isOld: boolean;
}

const LOOK_MS = 60_000;

export class PackKeeper {
  readonly #path: string;
  readonly #ask: () => Promise<PackState>;
  readonly #packing: Packing;
  readonly #timer: NodeJS.Timeout;
  #state: PackState | undefined;

  /** `ask` gives the state of the store at `path`. Looks after it until closed. */
  constructor(path: string, ask: () => Promise<PackState>) {
    this.#path = path;
    this.#ask = ask;
    this.#packing = new Packing(path, () => void this.#see());
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  /** Of the latest look. */
  get news(): PacksNews | undefined {
    const { unpacked = 0, hasRoom = true, isWritten = false } = this.#state ?? {};
    // So few are read beside the packs.
    if (unpacked <= MAX_LOOSE || isWritten) return undefined;
    return { unpacked, problem: this.#packing.problem, isOld: !hasRoom };
  }

  /** Begins to pack where it is due. */
  async look(): Promise<void> {
    await this.#see();
    const { unpacked = 0, hasRoom = false, isWritten = true } = this.#state ?? {};
    if (hasRoom && !isWritten) this.#packing.start(unpacked);
  }

  async #see(): Promise<void> {
    try {
      this.#state = await this.#ask();
    } catch (error) {
      log('debug', 'output', `packs: ${errorText(error)}`);
    }
  }

  /** Resolves when nothing is being packed. */
  idle(): Promise<void> {
    return this.#packing.idle();
  }

  /** Ends after the pack that is being made. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#packing.close();
  }

  /** After `stop` and when nobody else here has the store open: leaves it as it was found. */
  tidy(): void {
    if (!this.#packing.hasTurnedLogOn) return;
    let db: Database.Database | undefined;
    try {
      db = new Database(this.#path, { fileMustExist: true, timeout: 0 });
      db.pragma('journal_mode = DELETE');
    } catch (error) {
      // A sensor has it open by now, which wants the log.
      log('debug', 'output', `packs: ${errorText(error)}`);
    } finally {
      db?.close();
    }
  }
}
