/**
 * Ends of comments and processing instructions as `sax` finds them. It reads dashes in threes and questions marks in
 * twos, so of `<!-- x --->` and `<?x y??>`, which every other reader ends there, it misses the end. That is a
 * peculiarity of one library and no difference anybody could use: longer ends are shortened before it reads.
 */

const DASH = '-';
const QUESTION = '?';

export function plainEnds(text: string): string {
  if (!text.includes('--->') && !text.includes('??>')) return text;
  let plain = '';
  let from = 0;
  for (let at = text.indexOf('>'); at >= 0; at = text.indexOf('>', at + 1)) {
    const char = text[at - 1];
    if (char !== DASH && char !== QUESTION) continue;
    let start = at;
    while (start > from && text[start - 1] === char) start--;
    const kept = char === QUESTION ? 1 : isComment(text, start) ? 4 : 2;
    if (at - start <= kept) continue;
    plain += text.slice(from, start) + char.repeat(kept);
    from = at;
  }
  return plain + text.slice(from);
}

/** Do the dashes begin a comment as well as end it? */
function isComment(text: string, start: number): boolean {
  return text.startsWith('<!', start - 2) && start >= 2;
}
