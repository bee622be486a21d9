/** /files/:id: everything known of one file, said so that nobody takes "not seen" for "harmless". */
import type { ComponentChildren, JSX } from 'preact';
import type { StoredFile } from '../../../../../sensor/core/rows.ts';
import { api } from '../../api/endpoints.ts';
import { useLoad } from '../../api/load.ts';
import {
  bytesExact,
  disguiseSentence,
  inspectedSentence,
  keptPath,
  protocolWords,
  roadWords,
  seenSentence,
  typeWords,
  verdictOf,
} from '../../logic/file-words.ts';
import { bytes, count } from '../../logic/number.ts';
import { endpoint } from '../../logic/story.ts';
import { duration } from '../../logic/time.ts';
import { href } from '../../router.ts';
import { AlertTable } from '../../ui/alert-table.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { JidLink } from '../../ui/jid.tsx';
import { Link } from '../../ui/link.tsx';
import { Facts, PageHead, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { said, Text } from '../../ui/text.tsx';
import { Moment, Time } from '../../ui/time.tsx';

export function FileDetail({ id }: { readonly id: string }): JSX.Element {
  const { data, problem, reload } = useLoad(`file ${id}`, (options) => api.file(id, options));
  if (data !== undefined) return <Shown file={data} />;
  return (
    <>
      <PageHead title="File" />
      {problem === undefined ? (
        <Skeleton />
      ) : problem.status === 404 ? (
        <EmptyState title="There is no such file">
          It may have been forgotten with its time. <Link to="/files">All files</Link>
        </EmptyState>
      ) : (
        <ErrorState problem={problem} onRetry={reload} />
      )}
    </>
  );
}

function Shown({ file }: { readonly file: StoredFile }): JSX.Element {
  const verdict = verdictOf(file);
  const disguise = disguiseSentence(file);
  const kind = { found: 'bad', unsure: 'warn', quiet: '' }[verdict.state];
  const title = file.name === '' ? 'A file without a name' : file.name;
  return (
    <>
      <PageHead
        title={title}
        sub={
          <>
            {bytes(file.seenBytes)}, <Text text={typeWords(file)} max={80} />, from{' '}
            <JidLink jid={file.from} otherwise={file.srcIp} /> to{' '}
            <JidLink jid={file.to} otherwise={file.destIp} />
          </>
        }
        actions={
          file.sha256 === '' ? undefined : (
            <Link to={href('/files', { hash: file.sha256 })} class="button">
              Same content elsewhere
            </Link>
          )
        }
      />
      <div class={`verdict ${kind}`} role="note">
        <p class="verdict-title">
          <Text text={verdict.text} />.
        </p>
        <p>
          {seenSentence(file)} <Text text={inspectedSentence(file)} />{' '}
          {disguise === '' ? null : <Text text={disguise} />}
        </p>
      </div>
      <div class="columns even">
        <Panel title="The file">
          <Facts items={contentFacts(file)} />
        </Panel>
        <Panel title="Its way">
          <Facts items={wayFacts(file)} />
        </Panel>
      </div>
      <Panel title="Alerts about it" flush>
        <AlertTable
          query={{ file: file.fileId }}
          label="Alerts about this file"
          empty="No alert about it"
          emptyHint={`${verdict.text}.`}
          hasKeys
        />
      </Panel>
    </>
  );
}

type Fact = readonly [name: string, value: ComponentChildren];

function contentFacts(file: StoredFile): Fact[] {
  const { announcedBytes, announcedMime, seenBytes, gapBytes, magic, mime, keptUsec } = file;
  const kept = keptPath(file);
  return [
    ['Seen', bytesExact(seenBytes)],
    ['Announced', announcedBytes < 0 ? 'size not said' : bytesExact(announcedBytes)],
    ['Missing', gapBytes > 0 ? bytesExact(gapBytes) : ''],
    ['True type', magic === '' && mime === '' ? 'not known' : <Type magic={magic} mime={mime} />],
    ['Said to be', said(announcedMime, 'type not said')],
    ['Members', file.members > 0 ? count(file.members) : ''],
    ['SHA-256', <Hash hash={file.sha256} name="SHA-256" />],
    ['MD5', file.md5 === '' ? '' : <Hash hash={file.md5} name="MD5" />],
    [
      'Kept',
      keptUsec === undefined ? (
        'no: its content is not in the data folder'
      ) : (
        <>
          since <Time usec={keptUsec} /> as <code>{kept}</code> in the data folder
        </>
      ),
    ],
    [
      'Id',
      <>
        <Text text={file.fileId} class="mono" />
        <CopyButton text={file.fileId} what="id of the file" />
      </>,
    ],
  ];
}

function wayFacts(file: StoredFile): Fact[] {
  const { from, to, srcIp, destIp, protocol, communityId, startUsec, tsUsec } = file;
  return [
    ['From', <JidLink jid={from} otherwise="not known" />],
    ['To', <JidLink jid={to} otherwise="not known" />],
    ['Road', roadWords(file.road)],
    ['Offered by', protocol === '' ? 'no offer was seen' : protocolWords(protocol)],
    ['Session id', said(file.sid)],
    ['Began', <Moment usec={startUsec} />],
    ['Ended', <Moment usec={tsUsec} />],
    ['Took', duration(tsUsec - startUsec)],
    [
      'Network',
      `${endpoint(srcIp, file.srcPort) || 'not known'} to ${endpoint(destIp, file.destPort) || 'not known'}`,
    ],
    [
      'Community id',
      communityId === '' ? (
        ''
      ) : (
        <>
          <Link
            to={href('/inbox', { flow: communityId, since: 'all', status: 'all' })}
            class="mono"
          >
            <Text text={communityId} />
          </Link>
          <CopyButton text={communityId} what="community id" />
        </>
      ),
    ],
    ['Sensor', <Text text={[file.sensor, file.inIface].filter(Boolean).join(', ')} />],
    ['Capture', said(file.pcapFilename)],
  ];
}

function Type({ magic, mime }: { readonly magic: string; readonly mime: string }): JSX.Element {
  return (
    <>
      <Text text={magic === '' ? mime : magic} />
      {magic === '' || mime === '' ? null : (
        <span class="muted">
          {' '}
          (<Text text={mime} />)
        </span>
      )}
    </>
  );
}

function Hash({ hash, name }: { readonly hash: string; readonly name: string }): JSX.Element {
  if (hash === '') return <>none: not all bytes were seen</>;
  return (
    <>
      <code class="hash">{hash}</code>
      <CopyButton text={hash} what={name} />
    </>
  );
}
