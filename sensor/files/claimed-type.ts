/** What a file claims to be: by the ending of its name, else by the media type it was offered with. */

/** Kinds of files that people tell apart; 'other' for what says nothing (no ending, .dat, octet-stream). */
export type Claim =
  'image' | 'media' | 'document' | 'text' | 'archive' | 'program' | 'script' | 'disk' | 'other';

/** Endings by what they claim. Endings of formats that hold anything (.bin, .dat, .tmp) are not here on purpose. */
const ENDINGS: Readonly<Record<Exclude<Claim, 'other'>, string>> = {
  image: 'jpg jpeg jpe png gif bmp webp tif tiff ico heic heif avif psd raw cr2 nef',
  media: 'mp3 m4a aac ogg oga opus flac wav wma amr mp4 m4v mov avi mkv webm wmv mpg mpeg 3gp ogv',
  document:
    'pdf rtf doc docx docm dot dotx xls xlsx xlsm xlsb ppt pptx pptm pps ppsx odt ods odp odg vsd vsdx ' +
    'pages numbers key epub mobi djvu ps one msg eml tex',
  text: 'txt text csv tsv log md rst ini cfg conf json xml yaml yml toml srt vcf ics html htm svg diff patch',
  archive: 'zip 7z rar tar gz tgz bz2 tbz2 xz txz zst lz4 lz cab ace arj lzh cpio wim jmod',
  program:
    'exe dll sys scr com pif cpl ocx drv efi msi msp msix appx lnk jar war class apk aab dex ipa xpi crx ' +
    'deb rpm pkg dmg app run elf so dylib ko o a lib wasm chm swf pyc pyd xll',
  script:
    'bat cmd ps1 psm1 vbs vbe wsf wsc sct hta reg url desktop sh bash zsh ksh py pyw pl rb php js mjs ' +
    'cjs ts jse lua tcl awk applescript scpt groovy r go rs c h cpp cs java kt swift sql',
  disk: 'iso img vhd vhdx vmdk qcow2 vdi ova dmp wbfs nrg squashfs',
};

const CLAIM_OF: ReadonlyMap<string, Claim> = new Map(
  Object.entries(ENDINGS).flatMap(([claim, endings]) =>
    endings.split(' ').map((ending): [string, Claim] => [ending, claim as Claim]),
  ),
);

/** Documents that are zip archives inside: an archive is what they are. */
const ZIPPED = new Set(
  'docx docm dotx xlsx xlsm xlsb pptx pptm ppsx odt ods odp odg vsdx pages numbers key epub one'.split(
    ' ',
  ),
);

/** Ending of a name in small letters, without the dot; '' when it has none. */
export function endingOf(name: string): string {
  return /\.([a-z0-9_]{1,12})\s*$/i.exec(name)?.[1]?.toLowerCase() ?? '';
}

export function claimOf(name: string, mime: string): Claim {
  return CLAIM_OF.get(endingOf(name)) ?? claimOfMime(mime);
}

/** May a file of that name be an archive by its bytes? */
export function mayBeArchive(name: string, mime: string): boolean {
  return ZIPPED.has(endingOf(name)) || /openxmlformats|opendocument|epub/.test(mime);
}

function claimOfMime(mime: string): Claim {
  const type = mime.toLowerCase();
  // Drawings and pages are text with a name of their own.
  if (/^(?:text\/|image\/svg|application\/(?:json|xml))/.test(type)) return 'text';
  if (type.startsWith('image/')) return 'image';
  if (/^(?:audio|video)\//.test(type)) return 'media';
  if (/^application\/(?:pdf|rtf|msword|vnd\.(?:ms-|openxmlformats|oasis))/.test(type)) {
    return 'document';
  }
  return 'other';
}
