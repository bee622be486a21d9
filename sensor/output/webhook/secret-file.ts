/** The key that signs messages, from its file. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { OperatorError, errorText } from '../../core/index.ts';

const MIN_CHARS = 16;
/** Owner, and group to read. */
const FORBIDDEN_MODE = 0o037;

/** The trimmed text of the file. Throws OperatorError CONFIG_INVALID. */
export function readSecret(path: string): string {
  let text: string;
  let mode: number;
  try {
    // One descriptor: what was checked is what is read.
    const file = openSync(path, 'r');
    try {
      mode = fstatSync(file).mode;
      text = readFileSync(file, 'utf8').trim();
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new OperatorError(
      'CONFIG_INVALID',
      `output.webhooks: cannot read the secret file ${path}: ${errorText(error)}`,
      `Make it with: umask 077; openssl rand -hex 32 > ${path}; it belongs to the user the sensor works as (capture.user)`,
      { cause: error },
    );
  }
  if ((mode & FORBIDDEN_MODE) !== 0) {
    throw new OperatorError(
      'CONFIG_INVALID',
      `output.webhooks: others may read or change the secret file ${path} (mode ${(mode & 0o777).toString(8)})`,
      `Run: chmod 600 ${path}`,
    );
  }
  if (text.length < MIN_CHARS) {
    throw new OperatorError(
      'CONFIG_INVALID',
      `output.webhooks: the secret file ${path} holds fewer than ${MIN_CHARS} characters`,
      `Make it with: umask 077; openssl rand -hex 32 > ${path}`,
    );
  }
  return text;
}
