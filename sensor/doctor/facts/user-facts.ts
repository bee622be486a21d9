/** Who runs this, and who will. */
import type { SensorConfig } from '../../config/index.ts';
import type { RightsFacts } from '../rights.ts';
import { readText, runCommand } from './system.ts';

/** `capture.user` as the system knows it; undefined numbers and `isKnown` where nobody answers. */
export interface SensorUser {
  readonly name: string;
  readonly uid: number | undefined;
  readonly isKnown: boolean | undefined;
  readonly hasSetpriv: boolean;
}

export async function sensorUser({ capture: { user } }: SensorConfig): Promise<SensorUser> {
  if (user === '') return { name: '', uid: undefined, isKnown: undefined, hasSetpriv: true };
  const setpriv = await runCommand('setpriv', ['--version']);
  const hasSetpriv = setpriv.is !== 'missing';
  const answer = await runCommand('id', ['-u', '--', user]);
  if (answer.is === 'missing')
    return { name: user, uid: undefined, isKnown: undefined, hasSetpriv };
  const uid = answer.is === 'done' ? Number(answer.text) : undefined;
  return { name: user, uid, isKnown: uid !== undefined, hasSetpriv };
}

export function rightsFacts(user: SensorUser): RightsFacts {
  const status = readText('/proc/self/status') ?? '';
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return {
    uid: process.geteuid?.(),
    capabilities: mask === undefined ? undefined : BigInt(`0x${mask}`),
    nodePath: process.execPath,
    dropsTo: user.name,
    dropsToKnown: user.isKnown,
    hasSetpriv: user.hasSetpriv,
  };
}
