/** Pages of the console over a filled store, and how a test signs in and waits for one. */
import type { Page as ListPage } from '../../sensor/api/contract.ts';
import type {
  CampaignSummary,
  IdentitySummary,
  StoredAlert,
  StoredFile,
} from '../../sensor/core/index.ts';
import type { View } from './browser.ts';
import type { ServedStore } from './served-store.ts';

/** Captures of the fixtures are older than what the inbox shows by itself. */
export const ALL = 'since=2020-01-01';

/** Every page, by name: path with query. */
export async function consolePages(
  server: ServedStore,
  detection = 'dlp-pan',
): Promise<ReadonlyMap<string, string>> {
  const first = async <Row>(path: string): Promise<Row> => {
    const { items } = await server.get<ListPage<Row>>(path);
    const [row] = items;
    if (row === undefined) throw new Error(`${path} is empty`);
    return row;
  };
  const alert = await first<StoredAlert>(`/alerts?${ALL}&limit=1&detection=${detection}`);
  const campaign = await first<CampaignSummary>(`/campaigns?${ALL}&limit=1`);
  const file = await first<StoredFile>(`/files?${ALL}&limit=1`);
  const { jid } = await first<IdentitySummary>(`/identities?${ALL}&limit=1`);
  return new Map([
    ['inbox', '/inbox?since=all'],
    ['alert', `/alerts/${alert.alertId}`],
    ['campaigns', `/campaigns?${ALL}`],
    ['campaign', `/campaigns/${campaign.campaignId}`],
    ['files', `/files?${ALL}`],
    ['file', `/files/${file.fileId}`],
    ['identities', `/identities?${ALL}`],
    ['identity', `/identities/${encodeURIComponent(jid)}`],
    ['exposures', `/exposures?${ALL}`],
    ['sessions', `/sessions?${ALL}`],
    ['rules', '/rules'],
    ['rule', `/rules/${alert.sid}`],
    ['tuning', '/rules/tuning'],
    ['try', '/rules/try'],
    ['health', '/health'],
    ['audit', '/audit'],
    ['graph of an account', `/graph?jid=${encodeURIComponent(jid)}&${ALL}`],
    ['graph of a campaign', `/graph?campaign=${campaign.campaignId}`],
  ]);
}

export async function signIn(view: View, token: string): Promise<void> {
  await view.goto('/');
  await view.page.getByLabel('Token').fill(token);
  await view.page.getByRole('button', { name: 'Sign in' }).click();
  await view.page.locator('main#main').waitFor();
}

/**
 * Waits until the page is told what comes into the store from now on: it is connected, and the question from where on
 * came before one that is answered.
 */
export async function hearing(view: View, server: ServedStore): Promise<void> {
  await view.page.locator('.live-state.store').waitFor();
  await server.get('/alerts?limit=1');
}

/** Goes to a page and waits until nothing on it is still to come. */
export async function visit(view: View, path: string): Promise<void> {
  await view.goto(path);
  await settled(view);
}

export async function settled(view: View): Promise<void> {
  const { page } = view;
  await page.locator('main#main h1').first().waitFor();
  await view.until(
    async () => (await page.locator('main .skeleton, main [aria-busy=true]').count()) === 0,
    'everything is there',
  );
}
