/** Code and stanzas: coloured a little, the match marked, everything from traffic shown as text. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { segments, type Span } from '../logic/segments.ts';
import { visible } from '../logic/visible.ts';
import { xmlSyntax } from '../logic/xml-syntax.ts';
import { Pieces } from './text.tsx';

interface CodeProps {
  readonly text: string;
  readonly language?: 'xml' | 'plain';
  /** What the rule matched, in UTF-16 units of the text. */
  readonly marks?: readonly Span[];
  /** Name for screen readers. */
  readonly label: string;
  /** Lines are broken at the edge (default) or scroll sideways. */
  readonly wrap?: boolean;
}

export function CodeBlock({
  text,
  language = 'plain',
  marks,
  label,
  wrap = true,
}: CodeProps): JSX.Element {
  const parts = useMemo(
    () => segments(text, language === 'xml' ? xmlSyntax(text) : [], marks ?? []),
    [text, language, marks],
  );
  return (
    <pre
      class={wrap ? 'code wrap' : 'code'}
      tabIndex={0}
      role="region"
      aria-label={label}
      dir="ltr"
    >
      <code>
        {parts.map((part, index) => {
          const content = <Pieces pieces={visible(part.text, { lines: true, max: Infinity })} />;
          const name = part.kind === '' ? undefined : `syntax-${part.kind}`;
          return part.isMarked ? (
            <mark key={index} class={name}>
              {content}
            </mark>
          ) : (
            <span key={index} class={name}>
              {content}
            </span>
          );
        })}
      </code>
    </pre>
  );
}
