/**
 * Filters of a list: words for one field at a time, choices, switches. All of them live in the query of the URL, and
 * what is in force stands below as chips. `/` goes to the words.
 */
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { sinceText, withAsked } from '../logic/ranges.ts';
import { visibleText } from '../logic/visible.ts';
import { query, setQuery } from '../router.ts';
import { FilterBar } from './chip.tsx';
import { useKeys } from './keys.ts';

export interface TextFilter {
  /** Key of the query. */
  readonly key: string;
  readonly label: string;
  readonly placeholder: string;
}

export interface ChoiceFilter {
  readonly key: string;
  readonly label: string;
  readonly choices: readonly (readonly [value: string, title: string])[];
}

export interface FlagFilter {
  readonly key: string;
  readonly label: string;
}

interface FilterFormProps {
  readonly texts: readonly TextFilter[];
  readonly choices?: readonly ChoiceFilter[];
  readonly flags?: readonly FlagFilter[];
}

/** For lists of what happened. */
export const SINCE: ChoiceFilter = {
  key: 'since',
  label: 'Any time',
  choices: [
    ['1h', 'Last hour'],
    ['24h', 'Last 24 hours'],
    ['7d', 'Last 7 days'],
    ['30d', 'Last 30 days'],
  ],
};

/** Values of these filters in the URL, for the API; read it inside a component. */
export function filterValues(keys: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const key of keys) {
    const value = query.value.get(key);
    if (value !== null && value !== '') values[key] = value;
  }
  return values;
}

export function FilterForm({ texts, choices = [], flags = [] }: FilterFormProps): JSX.Element {
  const [field, setField] = useState(texts[0]?.key ?? '');
  const [words, setWords] = useState('');
  const input = useRef<HTMLInputElement>(null);
  useKeys('Filters', [
    {
      keys: '/',
      label: 'Filter',
      run: () => {
        input.current?.focus();
      },
    },
  ]);
  const asked = query.value;
  const chosen = texts.find(({ key }) => key === field) ?? texts[0];
  const submit = (event: Event): void => {
    event.preventDefault();
    const value = words.trim();
    if (value === '' || chosen === undefined) return;
    setQuery({ [chosen.key]: value });
    setWords('');
  };
  const chips = texts.flatMap(({ key, label }) => {
    const value = asked.get(key);
    if (value === null || value === '') return [];
    return [
      {
        name: label,
        value,
        onRemove: () => {
          setQuery({ [key]: undefined });
        },
      },
    ];
  });
  const clear = (): void => {
    const all = [...texts, ...choices, ...flags].map(({ key }) => [key, undefined] as const);
    setQuery(Object.fromEntries(all));
  };
  return (
    <search class="filters">
      <form class="filter-form" onSubmit={submit}>
        {chosen === undefined ? null : (
          <div class="filter-words">
            {texts.length < 2 ? null : (
              <select
                aria-label="Filter by"
                value={field}
                onChange={(event) => {
                  setField(event.currentTarget.value);
                  input.current?.focus();
                }}
              >
                {texts.map(({ key, label }) => (
                  <option key={key} value={key}>
                    {label}
                  </option>
                ))}
              </select>
            )}
            <input
              ref={input}
              type="search"
              enterKeyHint="search"
              aria-label={chosen.label}
              aria-keyshortcuts="/"
              placeholder={chosen.placeholder}
              autoComplete="off"
              spellcheck={false}
              value={words}
              onInput={(event) => {
                setWords(event.currentTarget.value);
              }}
              onKeyDown={(event) => {
                if (event.key === 'Escape') event.currentTarget.blur();
              }}
            />
            <kbd class="filter-key hide-phone" aria-hidden="true">
              /
            </kbd>
          </div>
        )}
        {choices.map(({ key, label, choices: values }) => (
          <select
            key={key}
            aria-label={label}
            class={asked.has(key) ? 'is-set' : undefined}
            value={asked.get(key) ?? ''}
            onChange={(event) => {
              setQuery({ [key]: event.currentTarget.value });
            }}
          >
            <option value="">{label}</option>
            {withAsked(values, asked.get(key) ?? '', (value) =>
              visibleText(key === SINCE.key ? sinceText(value) : value, 40),
            ).map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        ))}
        {flags.map(({ key, label }) => (
          <label key={key} class={asked.has(key) ? 'filter-flag is-set' : 'filter-flag'}>
            <input
              type="checkbox"
              checked={asked.has(key)}
              onChange={(event) => {
                setQuery({ [key]: event.currentTarget.checked ? 'true' : undefined });
              }}
            />
            {label}
          </label>
        ))}
      </form>
      <FilterBar chips={chips} onClear={clear} />
    </search>
  );
}
