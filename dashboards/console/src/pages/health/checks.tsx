/** Checks as sentences, each with what to do. Shape and word say the state beside the colour. */
import type { JSX } from 'preact';
import type { HealthCheck } from '../../../../../sensor/api/contract.ts';
import { Text } from '../../ui/text.tsx';

const WORDS: Readonly<Record<HealthCheck['state'], string>> = {
  ok: 'well',
  warning: 'look',
  bad: 'wrong',
};

export function Checks({ checks }: { readonly checks: readonly HealthCheck[] }): JSX.Element {
  return (
    <ul class="checks">
      {checks.map(({ name, state, text, fix }) => (
        <li key={name} class={`check ${state}`}>
          <span class={`tag ${{ ok: 'good', warning: 'warn', bad: 'bad' }[state]}`}>
            {WORDS[state]}
          </span>
          <span class="check-name">{name}</span>
          <span class="check-text">
            <Text text={text} />
            {fix === '' ? null : (
              <span class="check-fix">
                {' '}
                <Text text={fix} />
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
