/**
 * What a running sensor leaves in its data folder about itself, `run.json`: which process it is, and what came of its
 * reloads. The command line finds it there and tells it of changes (running-sensor.ts).
 */
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ReloadAnswer } from './api/index.ts';
import { errorText, log, swapFile } from './core/index.ts';

/** A process, told apart from all that had or will have its number. */
export interface ProcessMark {
  readonly pid: number;
  /** Clock ticks from the boot to its start, as the kernel writes them. */
  readonly start: string;
  /** Namespace of process numbers: elsewhere the number means another process. */
  readonly namespace: string;
}

export interface RunFacts extends ProcessMark {
  /** Reloads that began. */
  readonly begun: number;
  /** Number of the latest that ended, and what came of it; 0 while only the start was. */
  readonly done: number;
  readonly answer: ReloadAnswer;
}

const MODE = 0o640;
const MAX_PROBLEM_CHARS = 8000;

export function runFile(dataDir: string): string {
  return join(dataDir, 'run.json');
}

/** Undefined where there is no such process, or the system does not say. */
export function processMark(pid: number): ProcessMark | undefined {
  try {
    // The name in brackets may hold anything: what counts comes behind the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    if (start === undefined) return undefined;
    return { pid, start, namespace: readlinkSync('/proc/self/ns/pid') };
  } catch {
    return undefined;
  }
}

/** The sensor's own record. Where it cannot be written the sensor works on: it only cannot be found. */
export class RunRecord {
  readonly #path: string;
  readonly #mark: ProcessMark | undefined = processMark(process.pid);
  #begun = 0;
  #done = 0;
  #answer: ReloadAnswer = { isOk: true, loaded: 0, failed: 0, generation: 0, problem: '' };
  #isTold = false;

  /** The data folder must exist. */
  constructor(dataDir: string) {
    this.#path = runFile(dataDir);
    this.#write();
  }

  /** A reload begins: from here on it reads what the files say. */
  begin(): void {
    this.#begun++;
    this.#write();
  }

  /** The latest reload that began has ended. */
  end(answer: ReloadAnswer): void {
    this.#done = this.#begun;
    this.#answer = { ...answer, problem: answer.problem.slice(0, MAX_PROBLEM_CHARS) };
    this.#write();
  }

  /** The sensor ends. Another one may have come meanwhile: its record stays. */
  remove(): void {
    try {
      const { pid, start } = JSON.parse(readFileSync(this.#path, 'utf8')) as Partial<RunFacts>;
      if (pid === this.#mark?.pid && start === this.#mark?.start) rmSync(this.#path);
    } catch (error) {
      log('debug', 'run', `${this.#path} stays: ${errorText(error)}`);
    }
  }

  #write(): void {
    if (this.#mark === undefined) return;
    const facts: RunFacts = {
      ...this.#mark,
      ...{ begun: this.#begun, done: this.#done, answer: this.#answer },
    };
    try {
      swapFile(this.#path, `${JSON.stringify(facts)}\n`, { mode: MODE });
    } catch (error) {
      const level = this.#isTold ? 'debug' : 'warn';
      this.#isTold = true;
      log(
        level,
        'run',
        `cannot write ${this.#path}, so that commands do not find this sensor: ${errorText(error)}`,
      );
    }
  }
}
