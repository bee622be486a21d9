/** Words for the facts of a file, and one file as text. */
import { printable } from '../core/index.ts';
import type { StoredFile } from '../output/index.ts';
import { formatBytes } from './progress.ts';
import { formatTime } from './time.ts';

/** How much of a file was seen: all, the share of what was announced, or why not all. */
export function seenOf({ isComplete, announcedBytes, seenBytes, lack }: StoredFile): string {
  if (isComplete) return 'whole';
  if (announcedBytes <= 0 || seenBytes >= announcedBytes) return lack.replace('_', ' ');
  return `${Math.floor((100 * seenBytes) / announcedBytes)} %`;
}

/** `dlp-iban 12, file-macro`; '' when nothing was found. */
export function foundIn({ found }: StoredFile): string {
  return Object.entries(found)
    .sort(([, a], [, b]) => b - a)
    .map(([detection, times]) => (times > 1 ? `${detection} ${times}` : detection))
    .join(', ');
}

/** What its bytes are, else what it was said to be. */
export function typeOf({ magic, mime, announcedMime }: StoredFile): string {
  return magic || mime || (announcedMime === '' ? '' : `said to be ${announcedMime}`);
}

/** One file, everything an analyst asks first. Text from traffic is made printable. */
export function describeFile(file: StoredFile): string {
  const rows: [string, string][] = [
    ['file', `${file.id} (${file.fileId})`],
    ['name', file.name],
    ['from', file.from],
    ['to', file.to],
    ['time', timesOf(file)],
    ['size', sizes(file)],
    ['type', types(file)],
    ['sha256', file.sha256],
    ['md5', file.md5],
    [
      'road',
      [file.road, file.protocol && `offered by ${file.protocol}`].filter(Boolean).join(', '),
    ],
    ['sid', file.sid],
    ['seen', file.isComplete ? 'whole' : `not whole: ${file.lack.replace('_', ' ')}`],
    ['looked into', looked(file)],
    ['found', foundIn(file) || (file.inspected === 'none' ? '' : 'nothing')],
    ['kept', kept(file)],
    [
      'network',
      `${file.srcIp}:${file.srcPort} -> ${file.destIp}:${file.destPort}, community id ${file.communityId}`,
    ],
    ['sensor', [file.sensor, file.inIface, file.pcapFilename].filter(Boolean).join(', ')],
    ['alerts', String(file.alerts)],
  ];
  return rows
    .filter(([, text]) => text !== '')
    .map(([label, text]) => `${label.padEnd(11)}  ${printable(text)}\n`)
    .join('');
}

function timesOf({ startUsec, tsUsec }: StoredFile): string {
  return `${formatTime(startUsec)} to ${formatTime(tsUsec)} UTC`;
}

function sizes({ seenBytes, announcedBytes, gapBytes }: StoredFile): string {
  return [
    `${seenBytes.toLocaleString('en-US')} bytes (${formatBytes(seenBytes)})`,
    announcedBytes < 0 || announcedBytes === seenBytes
      ? ''
      : `announced ${announcedBytes.toLocaleString('en-US')}`,
    gapBytes > 0 ? `${gapBytes.toLocaleString('en-US')} missing` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

function types(file: StoredFile): string {
  const { magic, mime, announcedMime } = file;
  if (magic === '' && mime === '') return typeOf(file);
  return [
    [magic, mime && `(${mime})`].filter(Boolean).join(' '),
    announcedMime === '' || announcedMime === mime ? '' : `said to be ${announcedMime}`,
  ]
    .filter(Boolean)
    .join(', ');
}

function looked({ inspected, unseen, members }: StoredFile): string {
  const how = { whole: 'all of it', partly: 'part of it', none: 'not at all' }[inspected];
  return [how, unseen && `not: ${unseen}`, members > 0 && `${members} members`]
    .filter(Boolean)
    .join(', ');
}

/** Where its content lies, as file-store.ts puts it. */
function kept({ keptUsec, sha256 }: StoredFile): string {
  if (keptUsec === undefined) return '';
  return `since ${formatTime(keptUsec)} UTC in files/${sha256.slice(0, 2)}/${sha256.slice(2)}`;
}
