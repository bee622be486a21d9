/** Text for the rules: what a reader of the file would see, as UTF-8. */
import { latin1 } from './bytes.ts';
import { decodeText } from './encoding.ts';
import type { Examination, Member } from './examination.ts';
import type { KnownType } from './magic-table.ts';
import { mailText } from './mail.ts';
import { markupText } from './markup.ts';
import { officeText } from './office.ts';
import { oleText } from './ole.ts';
import { checkPdf } from './pdf.ts';
import { pdfText } from './pdf-text.ts';
import { rtfText } from './rtf.ts';
import { visibleRuns } from './visible-runs.ts';

const SVG_BYTES = 1024 * 1024;

/** Undefined when files of this type hold no text of their own. */
export function textOf(
  exam: Examination,
  type: KnownType,
  member: Member,
): Promise<Uint8Array | undefined> | Uint8Array | undefined {
  const { bytes } = member;
  switch (type.form) {
    case 'text':
      return plainText(exam, bytes);
    case 'mail':
      return mailText(plainText(exam, bytes));
    case 'office':
    case 'opendocument':
      return officeText(exam, type, member);
    case 'ole':
      return oleText(exam, type, member);
    case 'rtf':
      return rtfText(exam, bytes);
    case 'pdf':
      checkPdf(exam, member);
      return pdfText(exam, member);
    case 'markup':
      checkMarkup(exam, type, bytes);
      return markupText(plainText(exam, bytes), exam.textLeft);
    case 'opaque':
      if (bytes.length > 0) exam.unsee(type.magic || 'unknown type');
      return visibleRuns(bytes, exam.textLeft + 1);
    case 'runs':
      return visibleRuns(bytes, exam.textLeft + 1);
    default:
      return type.group === 'key' || type.group === 'encrypted'
        ? plainText(exam, bytes)
        : undefined;
  }
}

/** Pictures that run code when they are opened in a browser. */
function checkMarkup(exam: Examination, { mime }: KnownType, bytes: Uint8Array): void {
  if (
    mime === 'image/svg+xml' &&
    /<script\b|\bon(?:load|click|error)\s*=/i.test(latin1(bytes, 0, SVG_BYTES))
  )
    exam.sign('macro', 'script in an SVG image');
}

function plainText(exam: Examination, bytes: Uint8Array): Uint8Array {
  const decoded = decodeText(bytes, exam.textLeft + 1);
  return decoded?.text ?? bytes.subarray(0, 0);
}
