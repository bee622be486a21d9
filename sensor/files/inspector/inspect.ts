/** Looks into one file: its type, then its parts, each in its turn. */
import type { LimitValues } from '../../core/index.ts';
import type { Inspection, InspectionJob } from '../types.ts';
import { Examination, type Member } from './examination.ts';
import { membersOf } from './members.ts';
import { recognize } from './recognize.ts';
import { textOf } from './texts.ts';

/** Never throws on what the file holds; does as much as the limits allow, and says what it left out. */
export async function inspectFile(job: InspectionJob, limits: LimitValues): Promise<Inspection> {
  const exam = new Examination(job.bytes.length, limits);
  const file = { name: '', bytes: job.bytes, size: -1, isWhole: job.isWhole };
  await examine(exam, file, '', 0);
  return exam.result();
}

async function examine(
  exam: Examination,
  member: Member,
  path: string,
  depth: number,
): Promise<void> {
  const type = member.closedAs ?? member.type ?? (await recognize(member.bytes));
  const part = exam.open(path, type, member);
  if (member.closedAs !== undefined) return;
  // Source that came with a document is told as its macro.
  if (
    depth > 0 &&
    member.type === undefined &&
    (type.group === 'program' || type.group === 'script')
  )
    exam.sign('program_inside', `${path}: ${type.magic}`);
  const text = await textOf(exam, type, member);
  if (text !== undefined) exam.setText(part, text);
  for (const inner of membersOf(exam, type, member)) {
    if (exam.isFull()) return;
    if (depth >= exam.limits.filesDepth) {
      exam.sign('bomb', `nested deeper than ${exam.limits.filesDepth} archives`);
      exam.unsee('depth');
      return;
    }
    await examine(exam, inner, path === '' ? inner.name : `${path}/${inner.name}`, depth + 1);
  }
}
