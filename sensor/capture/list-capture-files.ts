import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError, errorText, log } from '../core/index.ts';
import { STDIN_PATH } from './open-input.ts';
import { isCapture } from './read-capture.ts';

/** Names with numbers in the order people and rotating writers mean: cap2 before cap10. */
const byName = new Intl.Collator('en', { numeric: true });

/**
 * The captures a path stands for: itself when it is a file or '-', or those directly in a
 * folder, in name order. Other files of a folder are left out by their content. Throws
 * OperatorError INPUT_UNREADABLE when there is no such path, and INPUT_NOT_CAPTURE for a folder
 * without a capture.
 */
export async function listCaptureFiles(path: string): Promise<string[]> {
  if (path === STDIN_PATH) return [path];
  let names: string[];
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    names = await readdir(path);
  } catch (error) {
    const message = `Cannot read ${path}: ${errorText(error)}`;
    throw new OperatorError('INPUT_UNREADABLE', message, 'check the path', { cause: error });
  }
  names = names.filter((name) => !name.startsWith('.')).sort((a, b) => byName.compare(a, b));
  const captures: string[] = [];
  for (const name of names) {
    const file = join(path, name);
    if (await isWanted(file)) captures.push(file);
    else log('info', 'capture', `${file} is left out: not a capture`);
  }
  if (captures.length === 0) {
    throw new OperatorError(
      'INPUT_NOT_CAPTURE',
      `Cannot read ${path}: the folder holds no capture`,
    );
  }
  return captures;
}

async function isWanted(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile() && (await isCapture(file));
  } catch {
    // It stays in the list: reading it tells the operator what is wrong with it.
    return true;
  }
}
