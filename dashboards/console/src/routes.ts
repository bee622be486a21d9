/**
 * Paths of the console and the page each shows; the first that fits wins. A page gets the parts of its path in `params`,
 * its filters stand in the query. The sensor answers these paths alone (sensor/api/console-files.ts).
 */

export type PageName =
  | 'inbox'
  | 'alert'
  | 'campaigns'
  | 'files'
  | 'identities'
  | 'exposures'
  | 'sessions'
  | 'rules'
  | 'health'
  | 'audit'
  | 'graph';

export const ROUTES: readonly (readonly [pattern: string, page: PageName])[] = [
  ['/inbox', 'inbox'],
  ['/alerts/:id', 'alert'],
  ['/campaigns', 'campaigns'],
  ['/campaigns/:id', 'campaigns'],
  ['/files', 'files'],
  ['/files/:id', 'files'],
  ['/identities', 'identities'],
  ['/identities/:jid', 'identities'],
  ['/exposures', 'exposures'],
  ['/sessions', 'sessions'],
  ['/rules', 'rules'],
  ['/rules/try', 'rules'],
  ['/rules/:sid', 'rules'],
  ['/health', 'health'],
  ['/audit', 'audit'],
  ['/graph', 'graph'],
];
