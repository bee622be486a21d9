/** The parts of a file that are files themselves: members of archives, what is embedded in documents. */
import type { Examination, Member } from './examination.ts';
import { gzipMember } from './gzip.ts';
import type { KnownType } from './magic-table.ts';
import { mailMembers } from './mail.ts';
import { officeMembers } from './office.ts';
import { oleMembers } from './ole.ts';
import { pdfMembers } from './pdf.ts';
import { rtfObjects } from './rtf.ts';
import { secondType } from './polyglot.ts';
import { tarMembers } from './tar.ts';
import { zipMembers } from './zip-members.ts';
import { zstdMember } from './zstd.ts';

/** Lazily: a member is unpacked when it is asked for, so that no limit is overrun by more than one. */
export function membersOf(exam: Examination, type: KnownType, member: Member): Iterable<Member> {
  const { bytes, isWhole } = member;
  switch (type.form) {
    case 'zip':
      return zipMembers(exam, bytes, isWhole);
    case 'gzip':
      return single(gzipMember(exam, bytes));
    case 'zstd':
      return single(zstdMember(exam, bytes));
    case 'tar':
      return tarMembers(exam, bytes);
    case 'office':
    case 'opendocument':
      return officeMembers(exam, type, member);
    case 'ole':
      return oleMembers(exam, member);
    case 'rtf':
      return rtfObjects(exam, bytes);
    case 'pdf':
      return both(pdfMembers(exam, bytes), secondType(exam, type, member));
    case 'mail':
      return mailMembers(exam, bytes, type.mime === 'application/mbox');
    case 'rar':
    case 'closed':
      exam.unsee(type.magic);
      if (type.group === 'encrypted') exam.sign('encrypted', type.magic);
      return [];
    default:
      if (type.group === 'encrypted') exam.sign('encrypted', type.magic);
      return secondType(exam, type, member);
  }
}

function single(member: Member | undefined): Member[] {
  return member === undefined ? [] : [member];
}

function* both(first: Iterable<Member>, second: Iterable<Member>): Generator<Member> {
  yield* first;
  yield* second;
}
