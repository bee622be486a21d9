/** Facts of the session, and what the detector says beside the text. */
import type { ComponentChildren, JSX } from 'preact';
import type { AlertDetail } from '../../../../../sensor/api/contract.ts';
import { bytes, count, plural } from '../../logic/number.ts';
import { bareJid, endpoint, tlsText } from '../../logic/story.ts';
import { duration } from '../../logic/time.ts';
import { href } from '../../router.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { Link } from '../../ui/link.tsx';
import { Facts, Panel } from '../../ui/page.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';

type Fact = readonly [name: string, value: ComponentChildren];

const text = (value: string): ComponentChildren =>
  value === '' ? undefined : <Text text={value} />;

export function SessionFacts({ detail }: { readonly detail: AlertDetail }): JSX.Element {
  const { alert, session } = detail;
  const { xmpp, flow } = alert;
  const account = session?.jid || [xmpp?.user, xmpp?.domain].filter(Boolean).join('@');
  const items: Fact[] = [
    [
      'Account',
      account === '' ? undefined : (
        <Link to={`/identities/${encodeURIComponent(bareJid(account))}`}>
          <Text text={account} />
        </Link>
      ),
    ],
    ['From', text(xmpp?.from ?? '')],
    ['To', text(xmpp?.to ?? '')],
    ['Stanza', text([xmpp?.stanza, xmpp?.type].filter(Boolean).join(', '))],
    ['Stanza id', xmpp?.id ? <Text text={xmpp.id} class="mono" /> : undefined],
    ['Client', text(session?.client || xmpp?.client || '')],
    ['Signed in by', text(session?.mechanism || xmpp?.mechanism || '')],
    ['TLS', text(tlsText(session?.tls || xmpp?.tls || ''))],
    ['STARTTLS', text(session?.starttls ?? '')],
    [
      'Connection',
      text(
        [xmpp?.connection, xmpp?.transport, xmpp?.compressed === true ? 'compressed' : '']
          .filter(Boolean)
          .join(', '),
      ),
    ],
    ['Client address', text(endpoint(flow.clientIp, flow.clientPort))],
    ['Server address', text(endpoint(flow.serverIp, flow.serverPort))],
    [
      'Flow',
      `${plural(flow.pktsToServer + flow.pktsToClient, 'packet')}, ${bytes(flow.bytesToServer + flow.bytesToClient)} in ${duration(flow.lastUsec - flow.startUsec)}`,
    ],
    ['Session ended', session === undefined ? undefined : <Text text={session.endReason} />],
    [
      'Community id',
      alert.communityId === '' ? undefined : (
        <span class="with-copy">
          <Link
            to={href('/inbox', { flow: alert.communityId, since: 'all', status: 'all' })}
            class="mono"
          >
            <Text text={alert.communityId} />
          </Link>
          <CopyButton what="community id" text={alert.communityId} />
        </span>
      ),
    ],
    ['Sensor', text(alert.sensor)],
    ['VLAN', alert.vlan.join(', ')],
    ['Interface', text(alert.inIface)],
    [
      'Capture',
      alert.pcapFilename === '' ? undefined : (
        <Text text={`${alert.pcapFilename}, packet ${count(alert.pcapCnt)}`} />
      ),
    ],
  ];
  return (
    <Panel title="Session">
      <Facts items={items} />
    </Panel>
  );
}

/** What the detector counted, who took part, the file and the campaign it belongs to. */
export function ContextFacts({ detail }: { readonly detail: AlertDetail }): JSX.Element | null {
  const { alert, file, campaign } = detail;
  const more = alert.contributorCount - alert.contributors.length;
  const items: Fact[] = [
    // The sentence stands above all.
    ...Object.entries(alert.context)
      .filter(([name]) => name !== 'summary')
      .map(([name, value]): Fact => [
        name.replaceAll('_', ' '),
        <Text text={String(value)} max={400} />,
      ]),
    [
      'Took part',
      alert.contributors.length === 0 ? undefined : (
        <Text
          text={`${alert.contributors.join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}`}
        />
      ),
    ],
    [
      'File',
      file === undefined ? undefined : (
        <Link to={`/files/${encodeURIComponent(file.fileId)}`}>
          <Text text={file.name === '' ? 'without a name' : file.name} />, {bytes(file.seenBytes)}
        </Link>
      ),
    ],
    [
      'Campaign',
      campaign === undefined ? undefined : (
        <Link to={`/campaigns/${encodeURIComponent(campaign.campaignId)}`}>
          {plural(campaign.messages, 'message')} of {plural(campaign.senders, 'sender')}, since{' '}
          <Time usec={campaign.firstUsec} />
        </Link>
      ),
    ],
    ['Techniques', text((alert.metadata['mitre_technique_id'] ?? []).join(', '))],
    ['Category', text(alert.category)],
  ];
  return (
    <Panel title="Facts">
      <Facts items={items} />
    </Panel>
  );
}
