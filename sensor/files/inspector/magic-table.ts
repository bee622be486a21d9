/**
 * Types told by fixed bytes. Own, since what matters to security (programs, shortcuts, disk images, keys) is what
 * general tables leave out; `type.ts` asks a library for the rest. Length: one row for each magic number.
 */
import type { FileType } from '../types.ts';

/**
 * How a file is opened: 'plain' is not, and has no text; of 'opaque' ones, which nobody here can open, the characters
 * that stand in them as they are, and they are told as not looked at; 'runs' have no text but such characters.
 */
export type Form =
  | 'plain'
  | 'opaque'
  | 'runs'
  | 'text'
  | 'markup'
  | 'mail'
  | 'rtf'
  | 'zip'
  | 'office'
  | 'opendocument'
  | 'gzip'
  | 'zstd'
  | 'tar'
  | 'rar'
  | 'closed'
  | 'ole'
  | 'pdf'
  | 'png'
  | 'jpeg'
  | 'gif'
  | 'image';

export interface KnownType extends FileType {
  readonly form: Form;
}

export interface MagicRow extends KnownType {
  readonly offset: number;
  /** Latin-1: one character a byte. */
  readonly bytes: string;
}

export const UNKNOWN: KnownType = { magic: '', mime: '', group: 'unknown', form: 'opaque' };

function rows(
  group: FileType['group'],
  form: Form,
  table: readonly (readonly [offset: number, bytes: string, magic: string, mime: string])[],
): MagicRow[] {
  return table.map(([offset, bytes, magic, mime]) => ({ offset, bytes, magic, mime, group, form }));
}

const BINARY = 'application/octet-stream';

/** First match counts. Programs that need a closer look (PE, ELF, Mach-O, class files) are in programs.ts. */
export const MAGIC: readonly MagicRow[] = [
  ...rows('program', 'plain', [
    [0, 'L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0', 'Windows shortcut', 'application/x-ms-shortcut'],
    [0, 'dex\n03', 'Dalvik executable', 'application/vnd.android.dex'],
    [0, '\0asm', 'WebAssembly module', 'application/wasm'],
    [0, '\x1bLua', 'Lua bytecode', 'application/x-lua-bytecode'],
    [0, 'FasdUAS ', 'Compiled AppleScript', 'application/x-applescript'],
    [0, 'ITSF\x03\0\0\0', 'Windows help (CHM)', 'application/vnd.ms-htmlhelp'],
    [0, '!<arch>\ndebian', 'Debian package', 'application/vnd.debian.binary-package'],
    [0, '\xed\xab\xee\xdb', 'RPM package', 'application/x-rpm'],
    [0, 'xar!\0\x1c', 'macOS installer package', 'application/x-xar'],
    [0, 'Cr24\x03\0\0\0', 'Chrome extension', 'application/x-chrome-extension'],
  ]),
  ...rows('archive', 'zip', [
    [0, 'PK\x03\x04', 'Zip archive', 'application/zip'],
    [0, 'PK\x05\x06', 'Zip archive, empty', 'application/zip'],
    [0, 'PK\x07\x08PK\x03\x04', 'Zip archive', 'application/zip'],
    [0, 'PK00PK\x03\x04', 'Zip archive', 'application/zip'],
  ]),
  ...rows('archive', 'gzip', [[0, '\x1f\x8b\x08', 'gzip compressed data', 'application/gzip']]),
  ...rows('archive', 'zstd', [
    [0, '\x28\xb5\x2f\xfd', 'Zstandard compressed data', 'application/zstd'],
  ]),
  ...rows('archive', 'rar', [
    [0, 'Rar!\x1a\x07\0', 'RAR archive', 'application/vnd.rar'],
    [0, 'Rar!\x1a\x07\x01\0', 'RAR archive', 'application/vnd.rar'],
  ]),
  ...rows('archive', 'closed', [
    [0, '7z\xbc\xaf\x27\x1c', '7-Zip archive', 'application/x-7z-compressed'],
    [4, '1AY&SY', 'bzip2 compressed data', 'application/x-bzip2'],
    [0, '\xfd7zXZ\0', 'XZ compressed data', 'application/x-xz'],
    [0, 'MSCF\0\0\0\0', 'Microsoft Cabinet archive', 'application/vnd.ms-cab-compressed'],
    [0, '\x04\x22\x4d\x18', 'LZ4 compressed data', 'application/x-lz4'],
    [0, 'LZIP\x01', 'lzip compressed data', 'application/x-lzip'],
    [7, '**ACE**', 'ACE archive', 'application/x-ace-compressed'],
    [2, '-lh5-', 'LHA archive', 'application/x-lzh-compressed'],
    [0, '!<arch>\n', 'ar archive', 'application/x-unix-archive'],
    [0, 'MSWIM\0\0\0', 'Windows imaging file', 'application/x-ms-wim'],
  ]),
  ...rows('archive', 'tar', [[257, 'ustar', 'tar archive', 'application/x-tar']]),
  ...rows('disk', 'closed', [
    [32769, 'CD001', 'ISO 9660 disk image', 'application/x-iso9660-image'],
    [0, 'conectix', 'Virtual PC disk image (VHD)', 'application/x-vhd'],
    [0, 'vhdxfile', 'Hyper-V disk image (VHDX)', 'application/x-vhdx'],
    [0, 'KDMV\x01\0\0\0', 'VMware disk image', 'application/x-vmdk'],
    [0, 'QFI\xfb', 'QEMU disk image', 'application/x-qemu-disk'],
    [3, '-FVE-FS-', 'BitLocker volume', BINARY],
    [0, 'hsqs', 'SquashFS image', 'application/vnd.squashfs'],
    [0, 'MDMP\x93\xa7', 'Windows memory dump', 'application/x-dmp'],
    [0, 'PAGEDUMP', 'Windows memory dump', 'application/x-dmp'],
    [0, 'PAGEDU64', 'Windows memory dump', 'application/x-dmp'],
  ]),
  ...rows('document', 'opaque', [
    [
      0,
      '\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3',
      'OneNote section',
      'application/onenote',
    ],
    [
      0,
      '\xa1\x2f\xff\x43\xd9\xef\x76\x4c\x9e\xe2\x10\xea\x57\x22\x76\x5f',
      'OneNote table of contents',
      'application/onenote',
    ],
    [0, '!BDN', 'Outlook data file (PST)', 'application/vnd.ms-outlook-pst'],
    [4, 'Standard Jet DB\0', 'Microsoft Access database', 'application/x-msaccess'],
    [4, 'Standard ACE DB\0', 'Microsoft Access database', 'application/x-msaccess'],
    [0, 'SQLite format 3\0', 'SQLite database', 'application/vnd.sqlite3'],
    [0, '\xd4\xc3\xb2\xa1', 'pcap capture file', 'application/vnd.tcpdump.pcap'],
    [0, '\xa1\xb2\xc3\xd4', 'pcap capture file', 'application/vnd.tcpdump.pcap'],
    [0, '\x4d\x3c\xb2\xa1', 'pcap capture file', 'application/vnd.tcpdump.pcap'],
    [0, '\xa1\xb2\x3c\x4d', 'pcap capture file', 'application/vnd.tcpdump.pcap'],
    [0, '\x0a\x0d\x0d\x0a\0\0\0', 'pcapng capture file', 'application/x-pcapng'],
    [0, 'AC1015', 'AutoCAD drawing', 'image/vnd.dwg'],
    [0, 'AC1018', 'AutoCAD drawing', 'image/vnd.dwg'],
    [0, 'AC1021', 'AutoCAD drawing', 'image/vnd.dwg'],
    [0, 'AC1024', 'AutoCAD drawing', 'image/vnd.dwg'],
    [0, 'AC1027', 'AutoCAD drawing', 'image/vnd.dwg'],
    [0, 'AC1032', 'AutoCAD drawing', 'image/vnd.dwg'],
  ]),
  ...rows('document', 'ole', [
    [0, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'Compound document', 'application/x-ole-storage'],
  ]),
  ...rows('document', 'rtf', [[0, '{\\rt', 'Rich Text document', 'application/rtf']]),
  ...rows('key', 'opaque', [
    [0, '\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5', 'KeePass database', 'application/x-keepass2'],
    [0, '\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5', 'KeePass 1 database', 'application/x-keepass'],
    [0, '\xfe\xed\xfe\xed\0\0\0', 'Java key store', 'application/x-java-keystore'],
    [0, 'kych\0\x01', 'macOS keychain', 'application/x-keychain'],
    [0, 'regf', 'Windows registry hive', BINARY],
    [0, 'MIT\0\x01PGP', 'PGP key ring', 'application/pgp-keys'],
  ]),
  ...rows('key', 'plain', [[0, 'PuTTY-User-Key-File-', 'PuTTY private key', 'text/x-putty-key']]),
  ...rows('encrypted', 'plain', [
    [0, 'LUKS\xba\xbe', 'LUKS encrypted volume', BINARY],
    [0, 'age-encryption.org/v1\n', 'age encrypted file', 'application/age-encryption'],
    [0, '-----BEGIN AGE ENCRYPTED FILE-----', 'age encrypted file', 'application/age-encryption'],
    [0, 'Salted__', 'OpenSSL encrypted data', BINARY],
    [0, 'U2FsdGVkX1', 'OpenSSL encrypted data in base64', 'text/plain'],
    [0, 'AES\x02\0', 'AES Crypt file', BINARY],
    [0, '$ANSIBLE_VAULT;', 'Ansible vault', 'text/plain'],
    [0, '-----BEGIN PGP MESSAGE-----', 'PGP message', 'application/pgp-encrypted'],
  ]),
  ...rows('image', 'png', [[0, '\x89PNG\r\n\x1a\n', 'PNG image', 'image/png']]),
  ...rows('image', 'jpeg', [[0, '\xff\xd8\xff', 'JPEG image', 'image/jpeg']]),
  ...rows('image', 'gif', [
    [0, 'GIF87a', 'GIF image', 'image/gif'],
    [0, 'GIF89a', 'GIF image', 'image/gif'],
  ]),
  ...rows('image', 'runs', [
    [40, ' EMF\0\0\x01\0', 'EMF drawing', 'image/emf'],
    [0, '\xd7\xcd\xc6\x9a\0\0', 'WMF drawing', 'image/wmf'],
  ]),
  ...rows('image', 'image', [
    [0, 'II*\0', 'TIFF image', 'image/tiff'],
    [0, 'MM\0*', 'TIFF image', 'image/tiff'],
  ]),
];
