/** Lists beside the alerts: sessions, files, accounts, exposures, campaigns, who talks to whom. */
import { pageOf, timesOf, type PageQuery, type TimesQuery } from '../alert-query.ts';
import { ApiError, notFound } from '../problems.ts';
import { route, type Route } from '../route.ts';
import * as answers from '../schemas/answers.ts';
import * as examples from '../schemas/examples.ts';
import * as queries from '../schemas/queries.ts';

interface ListQuery extends TimesQuery, PageQuery {}

interface SessionQuery extends ListQuery {
  readonly jid?: string;
  readonly ip?: string;
  readonly text?: string;
}

interface PeopleQuery extends ListQuery {
  readonly jid?: string;
  readonly ip?: string;
  readonly domain?: string;
}

interface ExposureQuery extends PeopleQuery {
  readonly exposed?: string;
}

interface FileQuery extends PeopleQuery {
  readonly name?: string;
  readonly hash?: string;
  readonly road?: string;
  readonly found?: string;
  readonly incomplete?: boolean;
}

interface GraphQuery extends TimesQuery {
  readonly jid?: string;
  readonly campaign?: string;
}

interface ById {
  readonly id: string;
}

/** Times and page as the store takes them, the rest as it is. */
function filterOf<Query extends ListQuery>({
  since,
  until,
  limit,
  cursor,
  ...rest
}: Query): Omit<Query, keyof ListQuery> & ReturnType<typeof timesOf> & ReturnType<typeof pageOf> {
  return { ...rest, ...timesOf({ since, until }), ...pageOf({ limit, cursor }) };
}

export const PEOPLE_ROUTES: readonly Route[] = [
  route<{ Query: SessionQuery }>({
    method: 'GET',
    path: '/sessions',
    role: 'viewer',
    summary: 'Sessions that ended, latest first',
    query: queries.sessionQuery,
    answer: answers.sessionPage,
    example: examples.sessionPage,
    handle: ({ query, services }) => services.store.sessions(filterOf(query)),
  }),
  route<{ Query: FileQuery }>({
    method: 'GET',
    path: '/files',
    role: 'viewer',
    summary: 'Files that moved, latest first',
    query: queries.fileQuery,
    answer: answers.filePage,
    example: examples.filePage,
    handle: ({ query: { incomplete, ...query }, services }) =>
      services.store.files({ ...filterOf(query), isIncomplete: incomplete }),
  }),
  route<{ Params: ById }>({
    method: 'GET',
    path: '/files/:id',
    role: 'viewer',
    summary: 'A file',
    params: queries.idParams,
    query: queries.noQuery,
    answer: answers.storedFile.ref,
    example: examples.file,
    handle: async ({ params, services }) => {
      const file = await services.store.file(params.id);
      if (file === undefined) throw notFound('There is no such file');
      return file;
    },
  }),
  route<{ Query: PeopleQuery }>({
    method: 'GET',
    path: '/identities',
    role: 'viewer',
    summary: 'Accounts and servers with the ways they were seen, latest first',
    query: queries.identityQuery,
    answer: answers.identityPage,
    example: examples.identityPage,
    handle: ({ query, services }) => services.store.identities(filterOf(query)),
  }),
  route<{ Query: ExposureQuery }>({
    method: 'GET',
    path: '/exposures',
    role: 'viewer',
    summary: 'Who exposed what to a listener, latest first',
    query: queries.exposureQuery,
    answer: answers.exposurePage,
    example: examples.exposurePage,
    handle: ({ query, services }) => services.store.exposures(filterOf(query)),
  }),
  route<{ Query: ListQuery }>({
    method: 'GET',
    path: '/campaigns',
    role: 'viewer',
    summary: 'Campaigns, those that grew last first',
    query: queries.campaignQuery,
    answer: answers.campaignPage,
    example: examples.campaignPage,
    handle: ({ query, services }) => services.store.campaigns(filterOf(query)),
  }),
  route<{ Params: ById }>({
    method: 'GET',
    path: '/campaigns/:id',
    role: 'viewer',
    summary: 'A campaign',
    params: queries.idParams,
    query: queries.noQuery,
    answer: answers.campaign.ref,
    example: examples.campaign,
    handle: async ({ params, services }) => {
      const campaign = await services.store.campaign(params.id);
      if (campaign === undefined) throw notFound('There is no such campaign');
      return campaign;
    },
  }),
  route<{ Query: GraphQuery }>({
    method: 'GET',
    path: '/graph',
    role: 'viewer',
    summary: 'Who talks to whom around an account, a domain, or a campaign',
    query: queries.graphQuery,
    answer: answers.graph,
    example: examples.graph,
    handle: ({ query, services }) => {
      const { jid, campaign } = query;
      if ((jid === undefined) === (campaign === undefined)) {
        throw new ApiError(400, 'QUERY_INVALID', 'Give jid or campaign, one of both');
      }
      return services.store.graph({
        ...timesOf(query),
        ...(jid === undefined ? {} : { jid }),
        ...(campaign === undefined ? {} : { campaignId: campaign }),
      });
    },
  }),
];
