/** A rule as text to read: an option a line, parts coloured. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { ruleLines } from '../../logic/rule-tokens.ts';
import { visible } from '../../logic/visible.ts';
import { Pieces } from '../../ui/text.tsx';
import './rule-text.css';

export function RuleText({ text }: { readonly text: string }): JSX.Element {
  const lines = useMemo(() => ruleLines(text), [text]);
  return (
    <pre class="code wrap" tabIndex={0} role="region" aria-label="Text of the rule">
      <code>
        {lines.map((line, index) => {
          const first = line[0]?.kind ?? 'space';
          const isInner = index > 0 && line[0]?.text !== ')' && first !== 'comment';
          return (
            <span key={index} class={isInner ? 'rule-line inner' : 'rule-line'}>
              {line.map(({ kind, text: part }, at) => (
                <span key={at} class={`rule-${kind}`}>
                  <Pieces pieces={visible(part)} />
                </span>
              ))}
            </span>
          );
        })}
      </code>
    </pre>
  );
}
