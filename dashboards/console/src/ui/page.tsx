/** Pieces every page is made of. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { visibleText } from '../logic/visible.ts';
import { Text } from './text.tsx';

/** What a page gets from its route. */
export interface PageProps {
  readonly params: Readonly<Record<string, string>>;
}

interface HeadProps {
  readonly title: string;
  /** Title of the tab, where it says more than the heading. */
  readonly documentTitle?: string;
  readonly sub?: ComponentChildren;
  readonly actions?: ComponentChildren;
}

/** Heading of a page, and the title of its tab. */
export function PageHead({ title, documentTitle, sub, actions }: HeadProps): JSX.Element {
  const tab = documentTitle ?? title;
  useEffect(() => {
    document.title = `${visibleText(tab, 120)} · Stanzawatch`;
  }, [tab]);
  return (
    <header class="page-head">
      <div class="grow">
        <h1>
          <Text text={title} max={200} />
        </h1>
        {sub === undefined ? null : <p class="page-sub">{sub}</p>}
      </div>
      {actions === undefined ? null : <div class="page-actions">{actions}</div>}
    </header>
  );
}

interface PanelProps {
  readonly title?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
  /** Content reaches the edges: tables, code. */
  readonly flush?: boolean;
  readonly class?: string;
  readonly id?: string;
}

/** A box with a heading. */
export function Panel({
  title,
  actions,
  children,
  flush,
  class: name,
  id,
}: PanelProps): JSX.Element {
  return (
    <section class={['panel', flush === true && 'flush', name].filter(Boolean).join(' ')} id={id}>
      {title === undefined ? null : (
        <header class="panel-head">
          <h2>{title}</h2>
          {actions === undefined ? null : <div class="panel-actions">{actions}</div>}
        </header>
      )}
      <div class="panel-body">{children}</div>
    </section>
  );
}

/** Names and values; pairs whose value is undefined or '' are left out. */
export function Facts({
  items,
}: {
  readonly items: readonly (readonly [name: string, value: ComponentChildren])[];
}): JSX.Element {
  return (
    <dl class="facts">
      {items
        .filter(([, value]) => value !== undefined && value !== '' && value !== null)
        .map(([name, value]) => (
          <div key={name} class="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
