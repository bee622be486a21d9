/** Triage where the caller may wait: the command line. */
import type { LimitValues, TriageRequest } from '../../core/index.ts';
import { AlertStore } from './alert-store.ts';
import { triageMany, type BulkTriage, type TriageChoice } from './bulk-triage.ts';
import { StoreWriter, checkRequest } from './store-writer.ts';

export type TriageLimits = Pick<LimitValues, 'storeTriageAlerts' | 'storeCommentChars'>;

/** Changes the alerts with audit and history, one alone as one. Throws OperatorError: USAGE, and the STORE_ codes. */
export async function triageStore(
  path: string,
  choice: TriageChoice,
  request: TriageRequest,
  actor: string,
  limits: TriageLimits,
): Promise<BulkTriage> {
  checkRequest(request, limits.storeCommentChars);
  const store = new AlertStore(path);
  let writer: StoreWriter | undefined;
  try {
    writer = new StoreWriter(path);
    const only = 'ids' in choice && choice.ids.length === 1 ? choice.ids[0] : undefined;
    if (only !== undefined) {
      writer.triage(only, request, actor);
      return { changed: 1, alertIds: [only] };
    }
    const desk = {
      alertIds: store.alertIds.bind(store),
      triageSlice: writer.triageSlice.bind(writer),
      writeAudit: writer.writeAudit.bind(writer),
    };
    return await triageMany(desk, choice, request, actor, limits.storeTriageAlerts);
  } finally {
    store.close();
    writer?.close();
  }
}
