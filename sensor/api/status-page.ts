/** The plain status page: one HTML document without script, every string escaped. */
import { printable } from '../core/index.ts';
import type { LatestAlert, Readiness, SensorStatus } from './types.ts';

const SEVERITY_NAMES = ['', 'critical', 'high', 'medium', 'info'] as const;

/** Text as HTML data: control and bidi characters made visible, markup escaped. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"'`]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Time of day and date in UTC, to the second. */
function formatTime(tsUsec: number): string {
  return new Date(Math.floor(tsUsec / 1000)).toISOString().slice(0, 19).replace('T', ' ');
}

function readinessRow(check: Readiness): string {
  const state = check.isOk ? 'ok' : 'bad';
  return `<tr class="${state}"><th scope="row">${escapeHtml(check.check)}</th><td>${
    check.isOk ? 'OK' : 'Problem'
  }</td><td>${escapeHtml(check.text)}</td></tr>`;
}

function alertRow(alert: LatestAlert): string {
  const severity = SEVERITY_NAMES[alert.severity] ?? 'info';
  const cells = [
    formatTime(alert.tsUsec),
    `<span class="severity ${severity}">${severity}</span>`,
    escapeHtml(alert.detection),
    escapeHtml(alert.signature),
    escapeHtml(alert.from === '' ? alert.source : alert.from),
    escapeHtml(alert.to === '' ? alert.destination : alert.to),
    String(alert.count),
    alert.seenPercent === undefined ? '' : `${alert.seenPercent} %`,
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

/** The whole page. */
export function renderStatusPage(status: SensorStatus): string {
  const figures = status.figures
    .map(
      ([label, value]) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`,
    )
    .join('');
  const alerts =
    status.latestAlerts.length === 0
      ? '<p>No alert yet.</p>'
      : `<table><thead><tr>${[
          'Time (UTC)',
          'Severity',
          'Detection',
          'What happened',
          'From',
          'To',
          'Count',
          'Seen',
        ]
          .map((title) => `<th scope="col">${title}</th>`)
          .join(
            '',
          )}</tr></thead><tbody>${status.latestAlerts.map(alertRow).join('')}</tbody></table>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>Stanzawatch: ${escapeHtml(status.sensor)}</title>
<link rel="stylesheet" href="status.css">
</head>
<body>
<header><h1>Stanzawatch</h1><p>${escapeHtml(status.sensor)}, version ${escapeHtml(status.version)}, reading ${escapeHtml(
    status.source,
  )}, up ${status.uptimeSeconds} s</p></header>
<main>
<h2>Health</h2>
<table class="health"><tbody>${status.readiness.map(readinessRow).join('')}</tbody></table>
<h2>What the sensor saw</h2>
<dl>${figures}</dl>
<h2>Latest alerts</h2>
${alerts}
<p>More: <code>stanzawatch alerts list</code>, <code>stanzawatch sessions</code>, <a href="metrics">metrics</a></p>
</main>
</body>
</html>
`;
}

export const STATUS_CSS = `:root { color-scheme: light dark; --line: #8884; --ok: #1a7f37; --bad: #c62828; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 78rem; padding: 1rem 1.5rem 3rem; }
h1 { margin: 0; font-size: 1.6rem; } header p { margin: 0; opacity: .75; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; } thead th { white-space: nowrap; }
.health { width: auto; } .ok td:nth-child(2) { color: var(--ok); font-weight: 600; } .bad td:nth-child(2) { color: var(--bad); font-weight: 600; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .5rem; margin: 0; }
dl div { border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .7rem; } dt { opacity: .75; font-size: .85rem; } dd { margin: 0; font-size: 1.2rem; font-variant-numeric: tabular-nums; }
.severity { border-radius: .3rem; padding: .05rem .4rem; color: #fff; white-space: nowrap; } .critical { background: #8e1b1b; } .high { background: #b34700; } .medium { background: #7a6400; } .info { background: #456; }
`;
