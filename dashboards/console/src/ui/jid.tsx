/** Addresses of XMPP as links to all that is known of them. */
import type { JSX } from 'preact';
import { identityPath } from '../logic/people-words.ts';
import { bareJid } from '../logic/story.ts';
import { Link } from './link.tsx';
import { Text } from './text.tsx';

interface JidLinkProps {
  /** Account, full JID or domain; '' shows the other text. */
  readonly jid: string;
  /** What stands there without a JID: an address. */
  readonly otherwise?: string;
  readonly max?: number;
}

/** The JID; its resource in a softer colour, for it says which device and not who. */
export function JidLink({ jid, otherwise = '', max = 120 }: JidLinkProps): JSX.Element {
  if (jid === '') return <Text text={otherwise} max={max} />;
  const bare = bareJid(jid);
  return (
    <Link to={identityPath(bare)} class="jid">
      <Text text={bare} max={max} />
      {bare.length === jid.length ? null : (
        <span class="muted">
          <Text text={jid.slice(bare.length)} max={48} />
        </span>
      )}
    </Link>
  );
}

/** Some names, and how many more there are. */
export function Few({
  list,
  count = 2,
}: {
  readonly list: readonly string[];
  readonly count?: number;
}): JSX.Element | null {
  if (list.length === 0) return null;
  const more = list.length - count;
  return (
    <span>
      {list.slice(0, count).map((text, index) => (
        <>
          {index === 0 ? '' : ', '}
          <Text text={text} max={80} />
        </>
      ))}
      {more > 0 ? <span class="muted"> +{more}</span> : null}
    </span>
  );
}
