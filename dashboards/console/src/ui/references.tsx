/** Where to read more about a rule: links for web addresses, text for everything else. */
import type { JSX } from 'preact';
import { isWebLink } from '../logic/story.ts';
import { Text } from './text.tsx';

export function References({ list }: { readonly list: readonly string[] }): JSX.Element {
  return (
    <ul class="name-list">
      {list.map((reference) => (
        <li key={reference}>
          {isWebLink(reference) ? (
            <a href={reference} target="_blank" rel="noreferrer noopener">
              <Text text={reference} />
            </a>
          ) : (
            <Text text={reference} />
          )}
        </li>
      ))}
    </ul>
  );
}
