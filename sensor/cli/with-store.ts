/** The store of a command line. */
import { storeFile } from '../config/index.ts';
import { OperatorError } from '../core/index.ts';
import { AlertStore, type StoredAlert } from '../output/index.ts';
import { configFrom, type SharedOptions } from './options.ts';

/** Opens the store for reading, and closes it whatever happens. */
export function withStore<Result>(
  options: SharedOptions,
  use: (store: AlertStore) => Result,
): Result {
  const store = new AlertStore(storeFile(configFrom(options)));
  try {
    return use(store);
  } finally {
    store.close();
  }
}

/** The alert with this number, or whose id begins so. Throws USAGE when there is none. */
export function alertNamed(store: AlertStore, id: string): StoredAlert {
  const alert = store.findAlert(id);
  if (alert !== undefined) return alert;
  throw new OperatorError(
    'USAGE',
    `There is no alert ${id}`,
    'stanzawatch alerts list shows the numbers',
  );
}
