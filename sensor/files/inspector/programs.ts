/** Programs whose magic number is short, so that their header must agree before they are called that. */
import { u16, u16le, u32, u32le } from '../../core/index.ts';
import { hasAt } from './bytes.ts';
import type { KnownType } from './magic-table.ts';

const PE_MIME = 'application/vnd.microsoft.portable-executable';
const DOS_HEADER_LENGTH = 64;
const PE_OPTIONAL_MAGIC = 24;
const IMAGE_FILE_DLL = 0x2000;
const ELF_TYPES: Readonly<Record<number, string>> = {
  1: 'relocatable',
  2: 'executable',
  3: 'shared object',
  4: 'core dump',
};
/** A class file has its version where a fat Mach-O has the number of its architectures. */
const FAT_ARCHITECTURES_MAX = 30;
const MACH_O = ['\xfe\xed\xfa\xce', '\xfe\xed\xfa\xcf', '\xce\xfa\xed\xfe', '\xcf\xfa\xed\xfe'];

export function programType(bytes: Uint8Array): KnownType | undefined {
  const magic = portableExecutable(bytes) ?? elf(bytes) ?? machO(bytes) ?? flash(bytes);
  if (magic === undefined) return undefined;
  return { magic: magic.words, mime: magic.mime, group: 'program', form: 'plain' };
}

interface Words {
  readonly words: string;
  readonly mime: string;
}

/** Offset of the PE header when `at` begins a PE file, else -1. */
export function peHeaderAt(bytes: Uint8Array, at: number): number {
  if (!hasAt(bytes, at, 'MZ') || at + DOS_HEADER_LENGTH > bytes.length) return -1;
  const header = at + u32le(bytes, at + 0x3c);
  return hasAt(bytes, header, 'PE\0\0') && header + PE_OPTIONAL_MAGIC + 2 <= bytes.length
    ? header
    : -1;
}

function portableExecutable(bytes: Uint8Array): Words | undefined {
  if (!hasAt(bytes, 0, 'MZ')) return undefined;
  const header = peHeaderAt(bytes, 0);
  if (header !== -1) {
    const isWide = u16le(bytes, header + PE_OPTIONAL_MAGIC) === 0x20b;
    const kind =
      (u16le(bytes, header + 22) & IMAGE_FILE_DLL) === 0 ? 'executable' : 'library (DLL)';
    return { words: `${isWide ? 'PE32+' : 'PE32'} ${kind}`, mime: PE_MIME };
  }
  // Text may begin with these two letters; a DOS header holds zeros.
  const isHeader = bytes.length >= 32 && bytes.subarray(2, DOS_HEADER_LENGTH).includes(0);
  return isHeader ? { words: 'MS-DOS executable', mime: 'application/x-dosexec' } : undefined;
}

function elf(bytes: Uint8Array): Words | undefined {
  if (!hasAt(bytes, 0, '\x7fELF') || bytes.length < 18) return undefined;
  const type = bytes[5] === 2 ? u16(bytes, 16) : u16le(bytes, 16);
  const bits = bytes[4] === 2 ? 64 : 32;
  return { words: `ELF ${bits}-bit ${ELF_TYPES[type] ?? 'file'}`, mime: 'application/x-elf' };
}

function machO(bytes: Uint8Array): Words | undefined {
  if (bytes.length < 8) return undefined;
  const mime = 'application/x-mach-binary';
  if (MACH_O.some((magic) => hasAt(bytes, 0, magic))) return { words: 'Mach-O executable', mime };
  if (!hasAt(bytes, 0, '\xca\xfe\xba\xbe')) return undefined;
  const count = u32(bytes, 4);
  return count > 0 && count <= FAT_ARCHITECTURES_MAX
    ? { words: 'Mach-O universal executable', mime }
    : { words: 'Java class file', mime: 'application/java-vm' };
}

function flash(bytes: Uint8Array): Words | undefined {
  if (!['FWS', 'CWS', 'ZWS'].some((magic) => hasAt(bytes, 0, magic))) return undefined;
  const version = bytes[3] ?? 0;
  return version > 0 && version < 64 && bytes.length >= 8 && bytes[7] === 0
    ? { words: 'Flash movie', mime: 'application/x-shockwave-flash' }
    : undefined;
}
