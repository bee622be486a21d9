/** /rules: what they say, trying them, tuning them. Every change has its row in the audit before it is made. */
import { errorText, log, wallClockUsec, type AuditEntry } from '../../core/index.ts';
import type { RuleRow, RuleRows, TryRequest, TuningEntry, TuningRequest } from '../contract.ts';
import { ApiError, notFound } from '../problems.ts';
import { route, type ApiContext, type Ask, type Route } from '../route.ts';
import type { TokenEntry } from '../tokens.ts';
import * as answers from '../schemas/answers.ts';
import * as examples from '../schemas/examples.ts';
import * as queries from '../schemas/queries.ts';

interface RuleQuery {
  readonly text?: string;
  readonly detection?: string;
  readonly file?: string;
  readonly tuned?: boolean;
  readonly enabled?: boolean;
}

/** `1:100020` or `100020`. */
function ruleIdOf(text: string): readonly [gid: number, sid: number] {
  const [first = '', second] = text.split(':');
  return second === undefined ? [1, Number(first)] : [Number(first), Number(second)];
}

function fits(row: RuleRow, { text, detection, file, tuned, enabled }: RuleQuery): boolean {
  const family = detection?.endsWith('*') === true ? detection.slice(0, -1) : undefined;
  const words = `${row.sid} ${row.msg} ${row.detection} ${row.category} ${row.file}`.toLowerCase();
  return (
    (text === undefined || words.includes(text.toLowerCase())) &&
    (detection === undefined ||
      (family === undefined ? row.detection === detection : row.detection.startsWith(family))) &&
    (file === undefined || row.file === file) &&
    (tuned === undefined || row.isTuned === tuned) &&
    (enabled === undefined || row.isEnabled === enabled)
  );
}

/**
 * Does what is audited. The row comes first: where none can be written nothing is changed. A change that fails has a
 * second row that says so.
 */
async function audited<Answer>(
  { services, token }: Ask<unknown, unknown, unknown>,
  entry: Pick<AuditEntry, 'action' | 'object' | 'detail'>,
  act: () => Promise<Answer>,
): Promise<Answer> {
  const write = (more: Partial<AuditEntry>): Promise<void> =>
    services.store.writeAudit({ tsUsec: wallClockUsec(), actor: token.name, ...entry, ...more });
  await write({});
  try {
    return await act();
  } catch (error) {
    await write({
      action: `${entry.action}_failed`,
      detail: { ...entry.detail, error: errorText(error).slice(0, 500) },
    }).catch((failure: unknown) => {
      log('warn', 'api', `audit: ${errorText(failure)}`);
    });
    throw error;
  }
}

async function detailOf({ services }: ApiContext, text: string): Promise<unknown> {
  const detail = await services.rules.detail(...ruleIdOf(text));
  if (detail === undefined) throw notFound('There is no such rule', 'GET /api/v1/rules lists them');
  return detail;
}

/** Tokens whose try is not answered yet: one each, so that nobody waits behind the many of another. */
const trying = new Set<TokenEntry['sha256']>();

async function tryOnce({
  body,
  services,
  token,
}: Ask<unknown, unknown, TryRequest>): Promise<unknown> {
  if (trying.has(token.sha256)) {
    throw new ApiError(
      429,
      'TOO_MANY',
      'A try with this token is not answered yet',
      'Ask again when it is',
      1,
    );
  }
  trying.add(token.sha256);
  try {
    return await services.rules.try(body);
  } finally {
    trying.delete(token.sha256);
  }
}

/** What of a tuning stands in the audit. */
function tuningDetail(request: TuningRequest): AuditEntry['detail'] {
  const { gid = 1, sid, reason, action } = request;
  const more =
    action === 'suppress' ? { track: request.track ?? '', value: request.value ?? '' } : {};
  return {
    ...{ gid, sid, reason, change: action },
    ...more,
    ...(action === 'threshold'
      ? { type: request.type, track: request.track, count: request.count, seconds: request.seconds }
      : {}),
  };
}

export const RULE_ROUTES: readonly Route[] = [
  route<{ Query: RuleQuery }>({
    method: 'GET',
    path: '/rules',
    role: 'viewer',
    summary: 'Rules in force or disabled, with their alerts of the last seven days',
    query: queries.ruleQuery,
    answer: answers.ruleRows,
    example: examples.ruleRows,
    handle: async ({ query, services }): Promise<RuleRows> => {
      const rows = await services.rules.rows();
      return { ...rows, items: rows.items.filter((row) => fits(row, query)) };
    },
  }),
  route({
    method: 'GET',
    path: '/rules/tuning',
    role: 'viewer',
    summary: 'What was tuned here, with what was taken back',
    query: queries.noQuery,
    answer: answers.tuningList,
    example: examples.tuningList,
    handle: async ({ services }) => ({ items: await services.rules.tuning() }),
  }),
  route<{ Body: TuningRequest }>({
    method: 'POST',
    path: '/rules/tuning',
    role: 'analyst',
    summary: 'Disable, suppress or limit a rule, with a reason; checked, then put in force',
    body: queries.tuningBody,
    bodyExample: examples.tuningRequest,
    cost: 'heavy',
    answer: answers.tuningEntry.ref,
    example: examples.tuningEntry,
    handle: (ask) => {
      const { body, services, token } = ask;
      const entry = {
        action: 'rule_tuned',
        object: `${body.gid ?? 1}:${body.sid}`,
        detail: tuningDetail(body),
      };
      return audited(ask, entry, () => services.rules.tune(body, token.name));
    },
  }),
  route<{ Params: { readonly id: string }; Body: { readonly reason: string } }>({
    method: 'DELETE',
    path: '/rules/tuning/:id',
    role: 'analyst',
    summary: 'Take a tuning back, with a reason',
    params: queries.idParams,
    body: queries.untuneBody,
    bodyExample: examples.untuneRequest,
    cost: 'heavy',
    answer: answers.tuningEntry.ref,
    example: examples.untunedEntry,
    handle: (ask) => {
      const { params, body, services, token } = ask;
      const entry = {
        action: 'rule_untuned',
        object: params.id,
        detail: { reason: body.reason },
      };
      return audited(ask, entry, async (): Promise<TuningEntry> => {
        const known = (await services.rules.tuning()).find(({ id }) => id === params.id);
        if (known === undefined) throw notFound('There is no such tuning');
        if (!known.isActive) {
          throw new ApiError(409, 'NOT_FOUND', 'This tuning was taken back already');
        }
        return services.rules.untune(params.id, body.reason, token.name);
      });
    },
  }),
  route({
    method: 'POST',
    path: '/rules/reload',
    role: 'admin',
    summary: 'Read the rules anew; when they do not load, those in force stay',
    cost: 'heavy',
    answer: answers.reloadAnswer,
    example: examples.reloadAnswer,
    handle: (ask) =>
      audited(ask, { action: 'rules_reloaded', object: 'rules', detail: {} }, () =>
        ask.services.rules.reload(),
      ),
  }),
  route<{ Body: TryRequest }>({
    method: 'POST',
    path: '/rules/try',
    role: 'viewer',
    summary: 'A stanza in, what fires out; nothing is stored',
    body: queries.tryBody,
    bodyExample: examples.tryRequest,
    bodyLimit: 'httpTryBytes',
    cost: 'heavy',
    answer: answers.tryAnswer,
    example: examples.tryAnswer,
    handle: tryOnce,
  }),
  route<{ Params: { readonly sid: string } }>({
    method: 'GET',
    path: '/rules/:sid',
    role: 'viewer',
    summary: 'A rule in its own words and in ours',
    params: queries.ruleParams,
    query: queries.noQuery,
    answer: answers.ruleDetail,
    example: examples.ruleDetail,
    handle: (ask) => detailOf(ask, ask.params.sid),
  }),
];
