/**
 * The store for servers: every answer comes by promise from a thread of its own, so that an analyst's question, however
 * long it takes, stands in nobody's way. Questions read on a connection that cannot write; triage and audit write on
 * another. Rejects with OperatorError: the STORE_ codes, and USAGE for what cannot be asked.
 */
import type {
  AlertGroups,
  AlertTimeline,
  AuditEntry,
  CampaignSummary,
  ExposureSummary,
  Graph,
  IdentitySummary,
  LimitValues,
  Page,
  Stats,
  StoredAlert,
  StoredFile,
  StoredSession,
  StoredStats,
  TopRow,
  TriageEntry,
  TriageRequest,
} from '../../core/index.ts';
import { errorText, log } from '../../core/index.ts';
import type { AlertFilter } from './alert-filter.ts';
import type { TopKey } from './alert-queries.ts';
import type { AlertSurroundings } from './around.ts';
import { triageMany, type BulkTriage, type TriageChoice, type TriageDesk } from './bulk-triage.ts';
import type {
  AuditFilter,
  CampaignFilter,
  ExposureFilter,
  FileFilter,
  Paged,
  PeopleFilter,
  SessionFilter,
} from './filters.ts';
import type { GraphFilter } from './graph.ts';
import type { AlertNews } from './news.ts';
import type { PackState } from './packs/pack-state.ts';
import { QueryLine } from './query-line.ts';
import { checkRequest } from './store-writer.ts';
import type { TriageNews } from './triage-news.ts';

export interface StoreClientOptions {
  readonly path: string;
  readonly limits: Pick<
    LimitValues,
    | 'storeQuestions'
    | 'storeQuestionMs'
    | 'storeCacheBytes'
    | 'storeTriageAlerts'
    | 'storeCommentChars'
  >;
  /** How long a question or a change waits for a lock, in milliseconds (5000). */
  readonly busyMs?: number;
  /** When a thread that does not come back from a question is ended, in milliseconds; 2 s above all its limits. */
  readonly patienceMs?: number;
}

const BUSY_MS = 5000;
const GRACE_MS = 2000;

export class StoreClient {
  readonly #line: QueryLine;
  readonly #limits: StoreClientOptions['limits'];

  /** Opens nothing yet: the store may come later. */
  constructor({ path, limits, busyMs = BUSY_MS, patienceMs }: StoreClientOptions) {
    this.#limits = limits;
    const { storeQuestions: questions, storeQuestionMs: questionMs } = limits;
    const { storeCacheBytes: cacheBytes } = limits;
    const patience = patienceMs ?? questionMs + busyMs + GRACE_MS;
    const waits = { questions, questionMs, busyMs, patienceMs: patience };
    this.#line = new QueryLine({ path, cacheBytes, ...waits });
  }

  alerts(filter: Paged<AlertFilter>): Promise<Page<StoredAlert>> {
    return this.#line.ask('alerts', [filter]);
  }

  /** By row number, or the first digits of its id. */
  alert(id: string): Promise<StoredAlert | undefined> {
    return this.#line.ask('alert', [id]);
  }

  groups(filter: AlertFilter): Promise<AlertGroups> {
    return this.#line.ask('groups', [filter]);
  }

  top(by: TopKey, filter: AlertFilter): Promise<readonly TopRow[]> {
    return this.#line.ask('top', [by, filter]);
  }

  timeline(filter: AlertFilter): Promise<AlertTimeline> {
    return this.#line.ask('timeline', [filter]);
  }

  history(alertId: string): Promise<readonly TriageEntry[]> {
    return this.#line.ask('history', [alertId]);
  }

  around(alert: StoredAlert): Promise<AlertSurroundings> {
    return this.#line.ask('around', [alert]);
  }

  sessions(filter: Paged<SessionFilter>): Promise<Page<StoredSession>> {
    return this.#line.ask('sessions', [filter]);
  }

  files(filter: Paged<FileFilter>): Promise<Page<StoredFile>> {
    return this.#line.ask('files', [filter]);
  }

  /** By row number, or the first digits of its id or hash. */
  file(id: string): Promise<StoredFile | undefined> {
    return this.#line.ask('file', [id]);
  }

  identities(filter: Paged<PeopleFilter>): Promise<Page<IdentitySummary>> {
    return this.#line.ask('identities', [filter]);
  }

  exposures(filter: Paged<ExposureFilter>): Promise<Page<ExposureSummary>> {
    return this.#line.ask('exposures', [filter]);
  }

  campaigns(filter: Paged<CampaignFilter>): Promise<Page<CampaignSummary>> {
    return this.#line.ask('campaigns', [filter]);
  }

  campaign(id: string): Promise<CampaignSummary | undefined> {
    return this.#line.ask('campaign', [id]);
  }

  graph(filter: GraphFilter): Promise<Graph> {
    return this.#line.ask('graph', [filter]);
  }

  stats(sinceUsec: number, untilUsec: number): Promise<Stats> {
    return this.#line.ask('stats', [sinceUsec, untilUsec]);
  }

  latestStats(): Promise<{
    readonly stats: StoredStats | undefined;
    readonly rows: number;
    readonly bytes: number;
  }> {
    return this.#line.ask('latestStats', []);
  }

  audit(filter: Paged<AuditFilter>): Promise<Page<AuditEntry>> {
    return this.#line.ask('audit', [filter]);
  }

  /** How far the store is packed, and who would do it. */
  packState(): Promise<PackState> {
    return this.#line.ask('packState', []);
  }

  /**
   * Asks what analysts ask first, so that they find code and packs in memory. Of a store that cannot be asked the first
   * question tells.
   */
  warm(): void {
    const page = { limit: 1 };
    const first = [() => this.groups(page), () => this.timeline({}), () => this.top('jid', page)];
    void first
      .reduce(async (before, ask) => {
        await before;
        await ask();
      }, Promise.resolve())
      .catch((error: unknown) => {
        log('debug', 'output', `nothing is warm: ${errorText(error)}`);
      });
  }

  newsSince(cursor: string | undefined): Promise<AlertNews> {
    return this.#line.ask('newsSince', [cursor]);
  }

  triageSince(cursor: number | undefined): Promise<TriageNews> {
    return this.#line.ask('triageSince', [cursor]);
  }

  /** By whole id. Writes its audit row with it. */
  async triage(alertId: string, request: TriageRequest, actor: string): Promise<TriageEntry> {
    checkRequest(request, this.#limits.storeCommentChars);
    return this.#line.ask('triage', [alertId, request, actor]);
  }

  async triageMany(
    which: TriageChoice,
    request: TriageRequest,
    actor: string,
  ): Promise<BulkTriage> {
    checkRequest(request, this.#limits.storeCommentChars);
    const line = this.#line;
    const desk: TriageDesk = {
      alertIds: (filter, limit) => line.ask('alertIds', [filter, limit]),
      triageSlice: (ids, change, who) => line.ask('triageSlice', [ids, change, who]),
      writeAudit: (entry) => line.ask('writeAudit', [entry]),
    };
    return triageMany(desk, which, request, actor, this.#limits.storeTriageAlerts);
  }

  writeAudit(entry: Omit<AuditEntry, 'id'>): Promise<void> {
    return this.#line.ask('writeAudit', [entry]);
  }

  /** Before the sink's, so that it leaves a tidy file. */
  close(): Promise<void> {
    return this.#line.close();
  }
}
