/** Inspects in this thread, and tells what came of it in words that compare well. */
import { defaultLimits, type LimitValues } from '../../../../sensor/core/index.ts';
import { inspectFile } from '../../../../sensor/files/inspector/inspect.ts';
import type { FilePart, FileSign, Inspection } from '../../../../sensor/files/types.ts';

export interface Look {
  readonly inspection: Inspection;
  readonly magic: string;
  readonly group: string;
  /** Text of the file itself. */
  readonly text: string;
  /** Paths of the members. */
  readonly paths: readonly string[];
  readonly signs: readonly FileSign[];
  part(path: string): FilePart;
  textOf(path: string): string;
}

export async function look(
  content: Uint8Array,
  { isWhole = true, limits = {} }: { isWhole?: boolean; limits?: Partial<LimitValues> } = {},
): Promise<Look> {
  const inspection = await inspectFile(
    { name: '', mime: '', bytes: content, isWhole },
    // Only those tests run into the time limit that are about it.
    { ...defaultLimits(), filesInspectSeconds: 600, ...limits },
  );
  const part = (path: string): FilePart => {
    const found = inspection.parts.find((candidate) => candidate.path === path);
    if (found === undefined)
      throw new Error(`no part ${path} among ${inspection.parts.map((p) => p.path).join(', ')}`);
    return found;
  };
  const textOf = (path: string): string => Buffer.from(part(path).text).toString('utf8');
  return {
    inspection,
    magic: inspection.type.magic,
    group: inspection.type.group,
    text: textOf(''),
    paths: inspection.parts.slice(1).map(({ path }) => path),
    signs: inspection.signs.map(({ sign }) => sign),
    part,
    textOf,
  };
}
