/** A file in a row, for the list of files and for the page of an account. */
import type { JSX } from 'preact';
import type { StoredFile } from '../../../../../sensor/core/rows.ts';
import { foundList, seenShort, typeWords, verdictOf } from '../../logic/file-words.ts';
import { bytes } from '../../logic/number.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { JidLink } from '../../ui/jid.tsx';
import { Link } from '../../ui/link.tsx';
import type { Column } from '../../ui/table.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { TwoLines } from '../../ui/two-lines.tsx';

const SHORT_HASH = 10;
const SHOWN_FINDINGS = 2;

export function filePath({ fileId }: Pick<StoredFile, 'fileId'>): string {
  return `/files/${encodeURIComponent(fileId)}`;
}

export const FILE_COLUMNS: readonly Column<StoredFile>[] = [
  {
    title: 'File',
    grow: true,
    cell: (file) => (
      <TwoLines
        first={
          <Link to={filePath(file)}>
            {file.name === '' ? <em>without a name</em> : <Text text={file.name} max={160} />}
          </Link>
        }
        second={
          <>
            <Text text={typeWords(file)} max={60} />, {bytes(file.seenBytes)}, {file.road}
          </>
        }
      />
    ),
  },
  { title: 'Found', cell: (file) => <Found file={file} /> },
  {
    title: 'Seen',
    cell: (file) => <span class={file.isComplete ? undefined : 'tag warn'}>{seenShort(file)}</span>,
  },
  {
    title: 'From, to',
    cell: ({ from, srcIp, to, destIp }) => (
      <TwoLines
        first={<JidLink jid={from} otherwise={srcIp || 'not known'} max={60} />}
        second={
          <>
            to <JidLink jid={to} otherwise={destIp || 'not known'} max={60} />
          </>
        }
      />
    ),
  },
  { title: 'SHA-256', hide: 'narrow', cell: (file) => <ShortHash hash={file.sha256} /> },
  { title: 'Ended', cell: ({ tsUsec }) => <Time usec={tsUsec} /> },
];

/** What was found; where nothing was, how far that can be trusted. */
export function Found({ file }: { readonly file: StoredFile }): JSX.Element {
  const found = foundList(file);
  const { state, text } = verdictOf(file);
  if (found.length === 0) {
    return (
      <span class={state === 'unsure' ? 'tag warn' : 'muted'} title={text}>
        {state === 'unsure' ? 'not all read' : 'nothing'}
      </span>
    );
  }
  const more = found.length - SHOWN_FINDINGS;
  return (
    <span class="tags" title={text}>
      {found.slice(0, SHOWN_FINDINGS).map(({ detection, times }) => (
        <span key={detection} class="tag bad">
          <Text text={detection} max={40} />
          {times > 1 ? ` ×${times}` : ''}
        </span>
      ))}
      {more > 0 ? <span class="muted">+{more}</span> : null}
    </span>
  );
}

function ShortHash({ hash }: { readonly hash: string }): JSX.Element {
  if (hash === '') return <span class="muted">not all bytes</span>;
  return (
    <span class="nowrap">
      <code>{hash.slice(0, SHORT_HASH)}</code>
      <CopyButton text={hash} what="SHA-256" />
    </span>
  );
}
