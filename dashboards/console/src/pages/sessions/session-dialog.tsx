/** One session with all its facts. */
import type { JSX } from 'preact';
import type { StoredSession } from '../../../../../sensor/core/rows.ts';
import { bytes, count } from '../../logic/number.ts';
import {
  connectionWords,
  endWords,
  loginWords,
  protectionWords,
  sessionParty,
  starttlsWords,
} from '../../logic/people-words.ts';
import { endpoint } from '../../logic/story.ts';
import { duration } from '../../logic/time.ts';
import { visibleText } from '../../logic/visible.ts';
import { href } from '../../router.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { JidLink } from '../../ui/jid.tsx';
import { Link } from '../../ui/link.tsx';
import { Facts } from '../../ui/page.tsx';
import { said, Text } from '../../ui/text.tsx';
import { Moment } from '../../ui/time.tsx';
import { accountOf, Seen } from './session-table.tsx';

interface SessionDialogProps {
  readonly session: StoredSession;
  readonly onClose: () => void;
}

const KINDS = [
  ['Messages', 'messages'],
  ['Presences', 'presences'],
  ['Queries (iq)', 'iqs'],
  ['Others', 'others'],
] as const;

export function SessionDialog({ session, onClose }: SessionDialogProps): JSX.Element {
  const { communityId, startUsec, endUsec } = session;
  const account = accountOf(session);
  return (
    <Dialog
      title={`Session of ${visibleText(sessionParty(session), 80)}`}
      wide
      onClose={onClose}
      actions={
        <Link
          to={href('/inbox', { flow: communityId, since: 'all', status: 'all' })}
          class="button"
        >
          Alerts of this connection
        </Link>
      }
    >
      <div class="columns even">
        <Facts
          items={[
            ['Account', account === '' ? '' : <JidLink jid={account} />],
            ['JID', said(session.jid)],
            ['Domain', said(session.domain)],
            ['Other domain', said(session.peerDomain)],
            ['Kind', connectionWords(session.connection)],
            ['Transport', session.transport],
            ['Client', said(session.client)],
            ['Login', said(loginWords(session))],
            ['Offered', said(session.mechanismsOffered.join(', '))],
          ]}
        />
        <Facts
          items={[
            ['Protection', protectionWords(session)],
            ['STARTTLS', starttlsWords(session.starttls)],
            ['Compression', session.compression === 'absent' ? 'not offered' : session.compression],
            ['Began', <Moment usec={startUsec} />],
            ['Ended', <Moment usec={endUsec} />],
            ['Lasted', duration(endUsec - startUsec)],
            ['End', endWords(session.endReason)],
            ['Stream errors', said(session.streamErrors.join(', '), 'none')],
            ['Seen', <Seen percent={session.seenPercent} />],
          ]}
        />
      </div>
      <table class="table plain">
        <thead>
          <tr>
            <th scope="col">What was said</th>
            <th scope="col" class="right">
              To the server
            </th>
            <th scope="col" class="right">
              To the client
            </th>
          </tr>
        </thead>
        <tbody>
          {KINDS.map(([title, key]) => (
            <tr key={key}>
              <td data-title="What">{title}</td>
              <td class="right" data-title="To the server">
                {count(session[key][0])}
              </td>
              <td class="right" data-title="To the client">
                {count(session[key][1])}
              </td>
            </tr>
          ))}
          <tr>
            <td data-title="What">Bytes</td>
            <td class="right" data-title="To the server">
              {bytes(session.bytes[0])}
            </td>
            <td class="right" data-title="To the client">
              {bytes(session.bytes[1])}
            </td>
          </tr>
        </tbody>
      </table>
      <p class="muted">
        {endpoint(session.clientIp, session.clientPort)} to{' '}
        {endpoint(session.serverIp, session.serverPort)}, community id{' '}
        <Text text={communityId} class="mono" />{' '}
        <CopyButton text={communityId} what="community id" />, sensor <Text text={session.sensor} />
      </p>
    </Dialog>
  );
}
