/** Text from traffic. Everything a stranger may have written goes through here. */
import type { JSX } from 'preact';
import { visible, type Piece } from '../logic/visible.ts';

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
