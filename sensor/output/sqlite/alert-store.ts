/**
 * Questions to a store where the caller may wait: the command line. On a connection that cannot write, so analysts may
 * ask while the sensor writes; neither waits for the other (WAL). Servers ask by StoreClient.
 */
import type {
  CampaignSummary,
  ExposureSummary,
  IdentitySummary,
  Page,
  StoredAlert,
  StoredFile,
  StoredSession,
  TopRow,
  TriageEntry,
} from '../../core/index.ts';
import type { AlertFilter } from './alert-filter.ts';
import {
  alertIds,
  alertPage,
  countFirings,
  findAlert,
  historyOf,
  topAlerts,
  type TopKey,
} from './alert-queries.ts';
import type {
  CampaignFilter,
  ExposureFilter,
  FileFilter,
  Paged,
  PeopleFilter,
  SessionFilter,
} from './filters.ts';
import {
  campaignPage,
  exposurePage,
  filePage,
  findCampaign,
  findFiles,
  identityPage,
  sessionPage,
} from './lists.ts';
import { StoreReader } from './store-reader.ts';

const EACH_PAGE = 500;
const SENSOR_TABLES = ['sensor_stats', 'sessions', 'alerts', 'files'] as const;

export class AlertStore {
  readonly #reader: StoreReader;

  /**
   * `busyMs`: how long a question may wait for a lock (5000). Throws OperatorError STORE_UNREADABLE, STORE_NEWER
   * or STORE_LOCKED.
   */
  constructor(path: string, options: { readonly busyMs?: number } = {}) {
    this.#reader = new StoreReader(path, options);
  }

  close(): void {
    this.#reader.close();
  }

  /** Did another sensor than this one write into the store? */
  holdsRowsOfOthers(sensor: string): boolean {
    return SENSOR_TABLES.some(
      (table) =>
        this.#reader.all(`SELECT 1 FROM ${table} WHERE sensor <> ? LIMIT 1`, [sensor]).length > 0,
    );
  }

  /** Those that fired last first. */
  listAlerts(filter: AlertFilter = {}): readonly StoredAlert[] {
    return this.alertPage(filter).items;
  }

  alertPage(filter: Paged<AlertFilter> = {}): Page<StoredAlert> {
    return alertPage(this.#reader, filter);
  }

  /** All that fit, page by page, so that a million do not stand in memory; `limit` bounds them when given. */
  *eachAlert(filter: AlertFilter = {}): Generator<StoredAlert> {
    let left = filter.limit ?? Number.POSITIVE_INFINITY;
    let cursor: string | undefined;
    do {
      const limit = Math.min(left, EACH_PAGE);
      const page = this.alertPage({ ...filter, limit, cursor });
      yield* page.items;
      left -= page.items.length;
      cursor = page.next;
    } while (cursor !== undefined && left > 0);
  }

  /** Alert ids of those that fit, at most `limit`. */
  alertIds(filter: AlertFilter, limit: number): string[] {
    return alertIds(this.#reader, filter, limit);
  }

  /** Firings of the alerts that fit; `limit` does not matter. */
  countAlerts(filter: AlertFilter = {}): number {
    return countFirings(this.#reader, filter);
  }

  /** The alert with this row number, or whose id begins so (at least four digits). Throws USAGE when several do. */
  findAlert(id: string): StoredAlert | undefined {
    return findAlert(this.#reader, id);
  }

  /** What was made of an alert, the latest last. */
  history(alertId: string): readonly TriageEntry[] {
    return historyOf(this.#reader, alertId);
  }

  /** Most alerts first. Alerts without the key (no sender, no address) are left out. */
  topAlerts(by: TopKey, filter: AlertFilter = {}): TopRow[] {
    return topAlerts(this.#reader, by, filter);
  }

  /** Newest end first. */
  listSessions(filter: SessionFilter = {}): readonly StoredSession[] {
    return sessionPage(this.#reader, filter).items;
  }

  /** Accounts, last seen first, each with all its addresses and clients. */
  listIdentities(filter: PeopleFilter = {}): readonly IdentitySummary[] {
    return identityPage(this.#reader, filter).items;
  }

  /** Last seen first. */
  listExposures(filter: ExposureFilter = {}): readonly ExposureSummary[] {
    return exposurePage(this.#reader, filter).items;
  }

  /** Those that grew last first. */
  listCampaigns(filter: CampaignFilter = {}): readonly CampaignSummary[] {
    return campaignPage(this.#reader, filter).items;
  }

  /** The campaign whose id begins so (at least four characters). Throws USAGE when several do. */
  findCampaign(id: string): CampaignSummary | undefined {
    return findCampaign(this.#reader, id);
  }

  /** Those that ended last first. */
  listFiles(filter: FileFilter = {}): readonly StoredFile[] {
    return filePage(this.#reader, filter).items;
  }

  /** The file with this row number, or whose id or hash begins so (lists.ts). */
  findFiles(key: string): StoredFile[] {
    return findFiles(this.#reader, key);
  }
}
