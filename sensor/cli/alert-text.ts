/** Words for alert fields, and one alert as text. */
import { partiesOf, storyOf } from '../alert/index.ts';
import { printable } from '../core/index.ts';
import type { StoredAlert, TriageEntry } from '../output/index.ts';
import { formatTime } from './time.ts';

const SEVERITIES = ['', 'critical', 'high', 'medium', 'info'] as const;

/** EVE severity as a word. */
export function severityName(severity: number): string {
  return SEVERITIES[severity] ?? String(severity);
}

function timeOf({ tsUsec, lastUsec, count }: StoredAlert): string {
  const times = count > 1 ? `, ${count} times` : '';
  if (lastUsec <= tsUsec) return `${formatTime(tsUsec)} UTC${times}`;
  return `${formatTime(tsUsec)} to ${formatTime(lastUsec)} UTC${times}`;
}

function contributorsOf({ contributors, contributorCount }: StoredAlert): string {
  const rest = contributorCount - contributors.length;
  return `${contributors.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** The end that the rule says is attacked. */
function attackOf({ target, srcIp, destIp }: StoredAlert): string {
  return target === '' ? '' : `, target ${target === 'src_ip' ? srcIp : destIp}`;
}

/** Facts of a file in the context of an alert about it; sender and receiver have rows of their own. */
const FILE_FACTS: ReadonlySet<string> = new Set([
  ...['file_id', 'file_name', 'file_bytes', 'file_type', 'sha256', 'road', 'seen', 'found'],
  ...['from', 'to'],
]);

/** The file an alert is about, as people name one; nothing where it is about none. */
function fileRows({ context }: StoredAlert): [string, string][] {
  const fact = (key: string): string => String(context[key] ?? '');
  const id = fact('file_id');
  if (id === '') return [];
  const bytes = context['file_bytes'];
  const facts = [
    fact('file_name') || 'without a name',
    typeof bytes === 'number' ? `${bytes.toLocaleString('en-US')} bytes` : '',
    fact('file_type'),
    fact('road') && `by ${fact('road')}`,
    fact('seen'),
  ];
  return [
    ['file', facts.filter(Boolean).join(', ')],
    ['found', fact('found')],
    ['sha256', fact('sha256')],
    ['more', `stanzawatch files show ${id}`],
  ];
}

/** One alert, everything an analyst asks first, and what was made of it. Text from traffic is made printable. */
export function describeAlert(alert: StoredAlert, history: readonly TriageEntry[]): string {
  const { xmpp, evidence, flow } = alert;
  const rows: [string, string][] = [
    ['story', storyOf(alert)],
    ['alert', `${alert.id} (${alert.alertId})`],
    ['rule', `${alert.signature} [${alert.gid}:${alert.sid}:${alert.rev}]`],
    [
      'severity',
      `${severityName(alert.severity)}, confidence ${alert.confidence || 'not given'}, ${alert.category}`,
    ],
    ['detection', alert.detection],
    ['time', timeOf(alert)],
    ['who', contributorsOf(alert)],
    ['campaign', alert.campaignId],
    [
      'sensor',
      [
        alert.sensor,
        alert.inIface,
        alert.pcapFilename && `${alert.pcapFilename} packet ${alert.pcapCnt}`,
      ]
        .filter(Boolean)
        .join(', '),
    ],
    [
      'network',
      `${alert.srcIp}:${alert.srcPort} -> ${alert.destIp}:${alert.destPort} (${alert.direction})${attackOf(alert)}, community id ${alert.communityId || 'none'}`,
    ],
  ];
  const { from, to } = partiesOf(xmpp, alert.context);
  rows.push(['from', from], ['to', to]);
  if (xmpp !== undefined) {
    rows.push(
      [
        'stanza',
        [
          xmpp.stanza,
          xmpp.type && `type ${xmpp.type}`,
          xmpp.id && `id ${xmpp.id}`,
          xmpp.ns.join(' '),
        ]
          .filter(Boolean)
          .join(', '),
      ],
      [
        'session',
        [
          xmpp.connection,
          `tls ${xmpp.tls}`,
          xmpp.user && `user ${xmpp.user}`,
          xmpp.domain,
          xmpp.mechanism,
          xmpp.client,
        ]
          .filter(Boolean)
          .join(', '),
      ],
      ['seen', `${xmpp.seenPercent} % of the flow`],
    );
  }
  const file = fileRows(alert);
  rows.push(...file);
  for (const [key, value] of Object.entries(alert.context)) {
    if (key !== 'summary' && !(file.length > 0 && FILE_FACTS.has(key))) {
      rows.push([key, String(value)]);
    }
  }
  if (evidence !== undefined) {
    rows.push([evidence.buffer, evidence.excerpt]);
    for (const match of evidence.matches) {
      rows.push([
        'match',
        `${match.masked} (${match.length} bytes at ${match.offset}, hmac ${match.hmac})`,
      ]);
    }
  }
  rows.push(
    [
      'flow',
      `${flow.pktsToServer} packets ${flow.bytesToServer} bytes to server, ${flow.pktsToClient} packets ${flow.bytesToClient} bytes to client`,
    ],
    ['status', `${alert.status}${alert.comment === '' ? '' : `: ${alert.comment}`}`],
    ...history.map(({ tsUsec, actor, status, comment }): [string, string] => [
      'history',
      `${formatTime(tsUsec)} UTC ${actor}: ${status}${comment === '' ? '' : `, ${comment}`}`,
    ]),
  );
  const technique = alert.metadata['mitre_technique_id'];
  if (technique !== undefined) rows.push(['ATT&CK', technique.join(', ')]);
  for (const reference of alert.references) rows.push(['see', reference]);
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows
    .filter(([, text]) => text !== '')
    .map(([label, text]) => `${printable(label).padEnd(width)}  ${printable(text)}\n`)
    .join('');
}
