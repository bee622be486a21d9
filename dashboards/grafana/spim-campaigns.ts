/** Spam over XMPP: campaigns, who sends, who is sent to. */
import {
  CONSOLE_VARIABLE,
  INSTANCE,
  INSTANCE_VARIABLE,
  PROMETHEUS_SOURCE,
  SENSOR,
  SENSOR_VARIABLE,
  SEVERITY_VARIABLE,
  STORE_SOURCE,
  interval,
  promql,
  promqlNow,
  row,
  sql,
  sqlSeries,
  stat,
  table,
  timeseries,
  within,
  type Dashboard,
} from './builder.ts';
import { ALERT_COLUMNS, CHOSEN, latestAlerts } from './store-queries.ts';

/** Detections of the family. */
const SPIM = "alerts.detection LIKE 'spim-%'";

export const SPIM_CAMPAIGNS: Dashboard = {
  uid: 'stanzawatch-spim',
  title: 'Stanzawatch: SPIM and campaigns',
  description:
    'Unsolicited messages: campaigns that many accounts take part in, and single offenders.',
  console: '/campaigns',
  from: 'now-24h',
  variables: [
    PROMETHEUS_SOURCE,
    STORE_SOURCE,
    INSTANCE_VARIABLE,
    SENSOR_VARIABLE,
    SEVERITY_VARIABLE,
    CONSOLE_VARIABLE,
  ],
  panels: [
    stat('Campaigns now', promqlNow(`sum(stanzawatch_campaigns_active{${INSTANCE}})`), {
      width: 6,
      thresholds: [
        [null, 'green'],
        [1, 'orange'],
        [5, 'red'],
      ],
      help: 'Campaigns that grew within the last hour. Open the newest below: block its domains on the server while it runs.',
    }),
    stat(
      'Campaigns in the range',
      sql(`SELECT count(*) AS campaigns FROM campaigns WHERE ${within('time')} AND ${SENSOR}`),
      {
        width: 6,
        thresholds: [[null, 'text']],
        help: 'Campaigns that grew in the range. The same text under new accounts is one campaign.',
      },
    ),
    stat(
      'Messages of campaigns',
      sql(
        `SELECT ifnull(sum(messages), 0) AS messages FROM campaigns WHERE ${within('time')} AND ${SENSOR}`,
      ),
      {
        width: 6,
        thresholds: [[null, 'text']],
        help: 'Messages the campaigns of the range have sent since they began. Recipients are to be warned when it is many.',
      },
    ),
    stat(
      'SPIM alerts',
      sql(
        `SELECT count(*) AS alerts FROM alerts WHERE ${SPIM} AND ${within('last_time')} AND ${CHOSEN}`,
      ),
      {
        width: 6,
        thresholds: [[null, 'text']],
        help: 'Alerts of all SPIM detections, single messages included.',
      },
    ),
    timeseries(
      'SPIM alerts by detection',
      [
        sqlSeries(`SELECT ${interval('last_time')} AS time, detection, count(*) AS alerts FROM alerts
          WHERE ${SPIM} AND ${within('last_time')} AND ${CHOSEN} GROUP BY 1, 2 ORDER BY 1`),
      ],
      {
        width: 12,
        isBars: true,
        isStacked: true,
        min: 0,
        help: 'Which kind of spam comes when. spim-campaign and spim-url-ioc are sure; spim-stranger alone is a hint.',
      },
    ),
    timeseries(
      'Messages of campaigns, per minute',
      [
        promql(
          `sum by (kind) (rate(stanzawatch_campaign_messages_total{${INSTANCE}}[$__rate_interval])) * 60`,
          'held together by {{kind}}',
        ),
        promql(
          `sum(rate(stanzawatch_campaigns_total{${INSTANCE}}[$__rate_interval])) * 60`,
          'new campaigns',
        ),
      ],
      {
        width: 12,
        min: 0,
        help: 'How fast campaigns grow, live. text: the same words; link: one link; domain: one domain behind many links.',
      },
    ),
    row('Which'),
    table(
      'Campaigns',
      sql(`SELECT time AS last, first_time AS first, kind, fingerprint, messages, senders, domains, recipients,
          domain_samples AS "sender domains", campaign_id AS campaign FROM campaigns
        WHERE ${within('time')} AND ${SENSOR} ORDER BY time DESC LIMIT 100`),
      {
        width: 24,
        columns: ALERT_COLUMNS,
        help: 'Newest first. Senders far above domains: a few servers host the bots, block or report those. Recipients: who needs a warning.',
      },
    ),
    row('Offenders and targets'),
    table(
      'Domains that send',
      sql(`SELECT from_domain AS domain, count(*) AS alerts, count(DISTINCT from_bare) AS accounts,
          max(last_time) AS last FROM alerts
        WHERE ${SPIM} AND from_domain <> '' AND ${within('last_time')} AND ${CHOSEN}
        GROUP BY 1 ORDER BY 2 DESC LIMIT 25`),
      {
        width: 8,
        columns: ALERT_COLUMNS,
        help: 'Servers that spam comes from. Many accounts of one domain: block it. An own domain here means abused accounts.',
      },
    ),
    table(
      'Accounts that send',
      sql(`SELECT from_bare AS sender, count(*) AS alerts, count(DISTINCT to_bare) AS recipients,
          max(last_time) AS last FROM alerts
        WHERE ${SPIM} AND from_bare <> '' AND ${within('last_time')} AND ${CHOSEN}
        GROUP BY 1 ORDER BY 2 DESC LIMIT 25`),
      {
        width: 8,
        columns: ALERT_COLUMNS,
        help: 'Spam averages three messages an account: an account with many is a bot, or a newsletter for detection.bot_allow.',
      },
    ),
    table(
      'Accounts that are sent to',
      sql(`SELECT to_bare AS recipient, count(*) AS alerts, count(DISTINCT from_bare) AS senders,
          max(last_time) AS last FROM alerts
        WHERE ${SPIM} AND to_bare <> '' AND ${within('last_time')} AND ${CHOSEN}
        GROUP BY 1 ORDER BY 2 DESC LIMIT 25`),
      {
        width: 8,
        columns: ALERT_COLUMNS,
        help: 'Who gets it. One victim of many senders is being harassed rather than advertised to.',
      },
    ),
    table('Latest SPIM alerts', latestAlerts(SPIM), {
      width: 24,
      columns: ALERT_COLUMNS,
      help: 'The id opens the alert in the console with the redacted text.',
    }),
  ],
};
