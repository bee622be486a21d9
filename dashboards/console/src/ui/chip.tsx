/** Filters as chips: what is filtered by, each with its way out. */
import type { JSX } from 'preact';
import { Icon } from './icon.tsx';
import { Text } from './text.tsx';
import { visibleText } from '../logic/visible.ts';

export interface FilterChip {
  readonly name: string;
  readonly value: string;
  /** Everything but this. */
  readonly isNot?: boolean;
  readonly onRemove: () => void;
}

interface FilterBarProps {
  readonly chips: readonly FilterChip[];
  readonly onClear: () => void;
}

export function FilterBar({ chips, onClear }: FilterBarProps): JSX.Element | null {
  if (chips.length === 0) return null;
  return (
    <ul class="chips" aria-label="Filters in force">
      {chips.map(({ name: of, isNot = false, ...chip }) => {
        const name = isNot ? `not ${of}` : of;
        return (
          <li key={`${name}:${chip.value}`} class={isNot ? 'chip not' : 'chip'}>
            <span class="chip-name">{name}</span>
            <span class="chip-value">
              <Text text={chip.value} max={80} />
            </span>
            <button
              type="button"
              class="chip-out"
              aria-label={`Remove the filter ${name} ${visibleText(chip.value, 60)}`}
              onClick={chip.onRemove}
            >
              <Icon name="close" />
            </button>
          </li>
        );
      })}
      <li>
        <button type="button" class="text-button" onClick={onClear}>
          Clear all
        </button>
      </li>
    </ul>
  );
}
