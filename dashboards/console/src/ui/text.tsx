/** Text from traffic. Everything a stranger may have written goes through here. */
import type { JSX } from 'preact';
import { directions, visible, type Piece } from '../logic/visible.ts';

interface TextProps {
  readonly text: string;
  /** Line breaks stay (code, bodies). */
  readonly lines?: boolean;
  readonly max?: number;
  readonly class?: string;
}

/** The text as text: direction isolated, what is invisible shown as small boxes. */
export function Text({ text, lines = false, max, class: name }: TextProps): JSX.Element {
  const pieces = visible(text, max === undefined ? { lines } : { lines, max });
  return (
    <bdi class={name}>
      <Pieces pieces={pieces} />
    </bdi>
  );
}

/** A sentence of ours with names from traffic in it: it reads from left to right, whatever they are written in. */
export function Sentence({ text, max }: Pick<TextProps, 'text' | 'max'>): JSX.Element {
  // Not through a character of two units.
  const shown =
    max === undefined || text.length <= max
      ? text
      : text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '');
  return (
    <bdi dir="ltr">
      {directions(shown).map((part, index) =>
        part.isLeftward ? (
          <Text key={index} text={part.text} />
        ) : (
          <Pieces key={index} pieces={visible(part.text)} />
        ),
      )}
      {shown.length < text.length ? '…' : ''}
    </bdi>
  );
}

export function Pieces({ pieces }: { readonly pieces: readonly Piece[] }): JSX.Element {
  return (
    <>
      {pieces.map((piece, index) =>
        piece.note === '' ? (
          piece.text
        ) : (
          <span
            key={index}
            class={piece.isSoft === true ? 'soft-mark' : 'hidden-mark'}
            title={piece.note}
          >
            {piece.text}
          </span>
        ),
      )}
    </>
  );
}

/** For facts: the text, or '' for nothing, so that its name is left out as well. */
export function said(text: string, otherwise = ''): JSX.Element | string {
  return text === '' ? otherwise : <Text text={text} />;
}
