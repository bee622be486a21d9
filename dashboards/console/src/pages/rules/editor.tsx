/** A field for code with numbered lines. Ctrl and Enter runs it; Tab leaves it, as everywhere. */
import type { JSX, RefObject } from 'preact';
import { useRef } from 'preact/hooks';

interface EditorProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onRun: () => void;
  readonly rows: number;
  readonly field?: RefObject<HTMLTextAreaElement | null>;
  readonly placeholder?: string;
}

/** Numbers beyond these help nobody. */
const MAX_NUMBERS = 9_999;

export function Editor(props: EditorProps): JSX.Element {
  const { label, value, onChange, onRun, rows, field, placeholder } = props;
  const numbers = useRef<HTMLPreElement>(null);
  const lines = Math.min(MAX_NUMBERS, value.split('\n').length);
  const gutter = Array.from({ length: lines }, (_, index) => index + 1).join('\n');
  return (
    <div class="editor">
      <pre class="editor-numbers" aria-hidden="true" ref={numbers}>
        {gutter}
      </pre>
      <textarea
        {...(field === undefined ? {} : { ref: field })}
        aria-label={label}
        class="editor-field"
        rows={rows}
        wrap="off"
        spellcheck={false}
        autoComplete="off"
        autoCapitalize="off"
        placeholder={placeholder}
        value={value}
        onInput={(event) => {
          onChange(event.currentTarget.value);
        }}
        onScroll={(event) => {
          if (numbers.current !== null) numbers.current.scrollTop = event.currentTarget.scrollTop;
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            onRun();
          }
        }}
      />
    </div>
  );
}
