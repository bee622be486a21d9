import type { JSX } from 'preact';

export interface Tab<Id extends string> {
  readonly id: Id;
  readonly title: string;
  readonly count?: string;
}

interface TabsProps<Id extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<Id>[];
  readonly value: Id;
  readonly onChange: (id: Id) => void;
  /** Id of the element the tabs change. */
  readonly controls?: string;
}

/** Tabs by the ARIA pattern: arrows move, one stop for Tab. */
export function Tabs<Id extends string>(props: TabsProps<Id>): JSX.Element {
  const { label, tabs, value, onChange, controls } = props;
  const move = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.id === value);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    onChange(next.id);
    const list = event.currentTarget;
    if (list instanceof HTMLElement) {
      list.querySelectorAll<HTMLElement>('[role=tab]')[tabs.indexOf(next)]?.focus();
    }
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          class="tab"
          aria-selected={tab.id === value}
          aria-controls={controls}
          tabIndex={tab.id === value ? 0 : -1}
          onClick={() => {
            onChange(tab.id);
          }}
        >
          {tab.title}
          {tab.count === undefined ? null : <span class="tab-count num">{tab.count}</span>}
        </button>
      ))}
    </div>
  );
}
