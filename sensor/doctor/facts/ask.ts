/** Asks a question of a process of its own, and does not wait for ever. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Question, Questions, Told } from '../probe-questions.ts';

const PROBE = fileURLToPath(new URL('../probe.js', import.meta.url));
const STDERR_CHARS = 2000;
/** Loading takes a second, and a busy machine its time. */
const LOAD_SECONDS = 60;

export type Reply<Answer> =
  | { readonly is: 'answered'; readonly answer: Answer }
  /** It threw, and says why. */
  | { readonly is: 'refused'; readonly problem: string; readonly hint: string | undefined }
  /** It died. */
  | { readonly is: 'died'; readonly problem: string }
  | { readonly is: 'late'; readonly problem: string };

/** Never rejects. `seconds`: how long the answer may take once all is loaded that it needs. */
export function ask<Q extends Question>(
  question: Q,
  input: Questions[Q]['input'],
  seconds: number,
): Promise<Reply<Questions[Q]['answer']>> {
  return new Promise((resolve) => {
    const child = fork(PROBE, [], {
      ...{ serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
    });
    let timer: NodeJS.Timeout | undefined;
    const end = (reply: Reply<Questions[Q]['answer']>): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(reply);
    };
    const limitTo = (limit: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        end({ is: 'late', problem: `no answer within ${limit} seconds` });
      }, limit * 1000);
    };
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-STDERR_CHARS);
    });
    child.on('message', (told: Told) => {
      if ('isLoaded' in told) limitTo(seconds);
      else if ('problem' in told) end({ is: 'refused', ...told });
      else end({ is: 'answered', answer: told.answer as Questions[Q]['answer'] });
    });
    child.once('error', ({ message }) => {
      end({ is: 'died', problem: message });
    });
    // Not `exit`, which may come before an answer that was sent is read.
    child.once('close', (code: number | null, signal: string | null) => {
      const last = errors.trim().split('\n').at(-1) ?? '';
      end({ is: 'died', problem: last || `the process ended (${signal ?? code ?? ''})` });
    });
    limitTo(LOAD_SECONDS);
    child.send({ ask: question, input }, () => undefined);
  });
}
