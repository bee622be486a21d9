/** Pages of sessions, files, identities, exposures, campaigns and the audit, and those of them that have a name. */
import {
  OperatorError,
  type AuditEntry,
  type CampaignSummary,
  type ExposureSummary,
  type IdentitySummary,
  type Page,
  type StoredFile,
  type StoredSession,
} from '../../core/index.ts';
import { pageOf, placeOf } from './cursor.ts';
import type { Conditions } from './filters.ts';
import {
  auditConditions,
  campaignConditions,
  exposureConditions,
  fileConditions,
  identityConditions,
  limitOf,
  sessionConditions,
  type AuditFilter,
  type CampaignFilter,
  type ExposureFilter,
  type FileFilter,
  type Paged,
  type PeopleFilter,
  type SessionFilter,
} from './filters.ts';
import {
  campaignSummary,
  exposureSummary,
  identitySummary,
  type CampaignColumns,
  type ExposureColumns,
  type IdentityColumns,
} from './people.ts';
import type { Cell } from './record-rows.ts';
import type { StoreReader } from './store-reader.ts';
import { sessionSummary, type SessionColumns } from './stored.ts';
import { FILE_COLUMNS, fileSummary, type FileColumns } from './stored-files.ts';

/** What most lists are ordered by, the latest first. */
interface Dated {
  readonly id: number;
  readonly time: number;
}

/** Newest end first. */
export function sessionPage(
  reader: StoreReader,
  filter: Paged<SessionFilter>,
): Page<StoredSession> {
  return datedPage<SessionColumns & Dated, StoredSession>(reader, filter, {
    list: 'sessions',
    select: 'SELECT s.* FROM sessions s',
    prefix: 's.',
    conditions: sessionConditions(filter),
    item: sessionSummary,
  });
}

/** Those that ended last first. */
export function filePage(reader: StoreReader, filter: Paged<FileFilter>): Page<StoredFile> {
  return datedPage<FileColumns & Dated, StoredFile>(reader, filter, {
    list: 'files',
    select: `SELECT ${FILE_COLUMNS} FROM files f`,
    prefix: 'f.',
    conditions: fileConditions(filter),
    item: fileSummary,
  });
}

/** Last seen first. */
export function exposurePage(
  reader: StoreReader,
  filter: Paged<ExposureFilter>,
): Page<ExposureSummary> {
  return datedPage<ExposureColumns & Dated, ExposureSummary>(reader, filter, {
    list: 'exposures',
    select: 'SELECT * FROM exposures',
    prefix: '',
    conditions: exposureConditions(filter),
    item: exposureSummary,
  });
}

/** Those that grew last first. */
export function campaignPage(
  reader: StoreReader,
  filter: Paged<CampaignFilter>,
): Page<CampaignSummary> {
  return datedPage<CampaignColumns & Dated, CampaignSummary>(reader, filter, {
    list: 'campaigns',
    select: CAMPAIGNS,
    prefix: '',
    conditions: campaignConditions(filter),
    item: campaignSummary,
  });
}

/** Accounts, last seen first, each with all its addresses and clients. */
export function identityPage(
  reader: StoreReader,
  filter: Paged<PeopleFilter>,
): Page<IdentitySummary> {
  const limit = limitOf(filter);
  const { where, values } = identityConditions(filter);
  const place = filter.cursor === undefined ? [] : placeOf('identities', filter.cursor, 2);
  const behind = place.length === 0 ? '' : 'HAVING (max(time), max(id)) < (?, ?)';
  const accounts = reader.all<Dated & { readonly jid: string }>(
    `SELECT jid, max(time) AS time, max(id) AS id FROM identities${where} GROUP BY jid ${behind}
     ORDER BY time DESC, id DESC LIMIT ?`,
    [...values, ...place, limit + 1],
  );
  const byJid = new Map<string, IdentityColumns[]>(accounts.map(({ jid }) => [jid, []]));
  const rows = reader.all<IdentityColumns>(
    `SELECT * FROM identities WHERE jid IN (SELECT value FROM json_each(?)) ORDER BY time DESC, id DESC`,
    [JSON.stringify(accounts.map(({ jid }) => jid))],
  );
  for (const row of rows) byJid.get(row.jid)?.push(row);
  const found = accounts.flatMap((account) => {
    const summary = identitySummary(byJid.get(account.jid) ?? []);
    return summary === undefined ? [] : [{ ...account, summary }];
  });
  return pageOf(
    ...(['identities', found, limit] as const),
    ({ time, id }) => [time, id],
    ({ summary }) => summary,
  );
}

/** What was written, read in the clear and changed, the latest first. */
export function auditPage(reader: StoreReader, filter: Paged<AuditFilter>): Page<AuditEntry> {
  const limit = limitOf(filter);
  const conditions = auditConditions(filter);
  if (filter.cursor !== undefined) {
    conditions.add('id < ?', ...placeOf('audit', filter.cursor, 1));
  }
  const { where, values } = conditions;
  const rows = reader.all<Omit<AuditEntry, 'detail'> & { readonly detail: string }>(
    `SELECT id, ts_us AS tsUsec, actor, action, object, detail FROM audit
     ${where} ORDER BY id DESC LIMIT ?`,
    [...values, limit + 1],
  );
  return pageOf(
    ...(['audit', rows, limit] as const),
    ({ id }) => [id],
    (row) => ({ ...row, detail: JSON.parse(row.detail) as AuditEntry['detail'] }),
  );
}

/** The campaign whose id begins so (at least four characters). Throws USAGE when several do. */
export function findCampaign(reader: StoreReader, id: string): CampaignSummary | undefined {
  if (id.length < 4) return undefined;
  const [found, another] = reader.all<CampaignColumns>(
    `${CAMPAIGNS} WHERE substr(campaign_id, 1, ?) = ? LIMIT 2`,
    [id.length, id],
  );
  if (another !== undefined) {
    throw new OperatorError('USAGE', `More than one campaign id begins with ${id}`, 'Give more');
  }
  return found === undefined ? undefined : campaignSummary(found);
}

/**
 * The file with this row number, or whose id begins so, or all whose SHA-256 or MD5 does (at least four digits),
 * at most 100, latest first. Throws USAGE when several contents, or ids, begin so.
 */
export function findFiles(reader: StoreReader, key: string): StoredFile[] {
  const where = (rest: string, values: readonly Cell[]): StoredFile[] =>
    reader
      .all<FileColumns>(`SELECT ${FILE_COLUMNS} FROM files f WHERE ${rest}`, values)
      .map(fileSummary);
  if (/^\d{1,15}$/.test(key)) {
    const byRow = where('f.id = ?', [Number(key)]);
    if (byRow.length > 0) return byRow;
  }
  if (!/^[0-9a-f]{4,64}$/.test(key)) return [];
  const byId = where('f.file_id >= ? AND f.file_id < ? LIMIT 2', [key, `${key}g`]);
  const found = byId.length > 0 ? byId : filePage(reader, { hash: key }).items;
  const names = new Set(found.map((file) => (byId.length > 0 ? file.fileId : file.sha256)));
  if (names.size <= 1) return [...found];
  throw new OperatorError('USAGE', `More than one file begins with ${key}`, 'Give more digits');
}

const CAMPAIGNS = `SELECT *,
  (SELECT count(*) FROM alerts a WHERE a.campaign_id <> '' AND a.campaign_id = campaigns.campaign_id) AS alerts
  FROM campaigns`;

interface ListInfo<Columns, Item> {
  readonly list: string;
  readonly select: string;
  /** Of its columns, '' or `s.`. */
  readonly prefix: string;
  readonly conditions: Conditions;
  readonly item: (row: Columns) => Item;
}

function datedPage<Columns extends Dated, Item>(
  reader: StoreReader,
  filter: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  { list, select, prefix, conditions, item }: ListInfo<Columns, Item>,
): Page<Item> {
  const limit = limitOf(filter);
  const time = `${prefix}time`;
  const id = `${prefix}id`;
  if (filter.cursor !== undefined) {
    conditions.add(`(${time}, ${id}) < (?, ?)`, ...placeOf(list, filter.cursor, 2));
  }
  const rows = reader.all<Columns>(
    `${select}${conditions.where} ORDER BY ${time} DESC, ${id} DESC LIMIT ?`,
    [...conditions.values, limit + 1],
  );
  return pageOf(list, rows, limit, (row) => [row.time, row.id], item);
}
