/** An operator's own values, folded as the texts they are looked for in and sealed with the key of the sensor. */
import { ephemeralHmacKey, findHmacKey } from './alert/index.ts';
import type { SensorConfig } from './config/index.ts';
import { sensorKey } from './data-folder.ts';
import { readOwnValues, type OwnValues } from './rules/index.ts';
import { foldText } from './xmpp/index.ts';

export interface SealingOptions {
  readonly column: string | undefined;
  readonly isForced: boolean;
  readonly expiresMs: number | undefined;
  readonly maxItems: number;
  /** Nothing may be written: where there is no key yet, one for this call serves. */
  readonly isDryRun: boolean;
}

/** Throws OperatorError for the key, IntelFormatError for the file. */
export function sealOwnValues(
  config: SensorConfig,
  text: string,
  { isDryRun, ...options }: SealingOptions,
): OwnValues {
  const key = isDryRun ? (findHmacKey(config.data_dir) ?? ephemeralHmacKey()) : sensorKey(config);
  return readOwnValues(text, { ...options, key, fold: foldText });
}
