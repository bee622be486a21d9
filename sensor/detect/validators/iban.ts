/** International bank account numbers (ISO 13616): length by country, then modulo 97 = 1. */
import { isAlphanumeric, isDigit } from './bytes.ts';

/** Longest IBAN with a separator after every character. */
const MAX_BYTES = 68;

/** Country code and length, from the IBAN registry, and of countries that use the form outside it. */
const REGISTRY =
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 ' +
  'DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 ' +
  'IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 ' +
  'MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 ' +
  'SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 ' +
  'AO25 BF28 BJ28 CF27 CG27 CI28 CM27 CV25 DZ26 GA27 GQ27 GW25 IR26 KM27 MA28 MG27 ML28 MZ25 NE28 ' +
  'SN28 TD27 TG28';

/** LENGTH_OF[26 * first + second], 0 for letters that name no country of the registry. */
const LENGTH_OF = new Uint8Array(26 * 26);
for (const entry of REGISTRY.split(' ')) {
  const country = 26 * (entry.charCodeAt(0) - 65) + entry.charCodeAt(1) - 65;
  LENGTH_OF[country] = Number(entry.slice(2));
}

/**
 * `iban;` : the match ends with an IBAN. Leading groups of the match are skipped, because an
 * expression that starts as early as it can may have swallowed the word before
 * (`ref AB12 DE89...`). Groups may be parted by single spaces or dashes; letters are all
 * upper or all lower case.
 */
export function iban(text: Uint8Array, start: number, end: number): boolean {
  if (isAlphanumeric(text[end])) return false;
  const first = Math.max(start, end - MAX_BYTES);
  for (let from = first; from < end; from++) {
    if (isAlphanumeric(text[from - 1])) continue;
    if (ibanEnd(text, from, end) === end) return true;
  }
  return false;
}

/** End of the IBAN that begins at `from`, or -1. */
function ibanEnd(text: Uint8Array, from: number, limit: number): number {
  const first = letter(text[from]);
  const second = letter(text[from + 1]);
  if (first < 0 || second < 0 || !isDigit(text[from + 2]) || !isDigit(text[from + 3])) return -1;
  const length = LENGTH_OF[26 * first + second] as number;
  if (length === 0) return -1;

  // The account first, then country and check digits: the order of ISO 7064 MOD 97-10.
  const caseBit = (text[from] as number) & 0x20;
  let remainder = 0;
  let seen = 4;
  let at = from + 4;
  while (seen < length && at < limit) {
    const byte = text[at++] as number;
    if (isDigit(byte)) {
      remainder = (remainder * 10 + byte - 0x30) % 97;
    } else if (letter(byte) >= 0 && (byte & 0x20) === caseBit) {
      remainder = (remainder * 100 + letter(byte) + 10) % 97;
    } else if ((byte === 0x20 || byte === 0x2d) && isAlphanumeric(text[at])) {
      continue;
    } else {
      return -1;
    }
    seen++;
  }
  if (seen < length) return -1;
  remainder = (remainder * 100 + first + 10) % 97;
  remainder = (remainder * 100 + second + 10) % 97;
  const check = ((text[from + 2] as number) - 0x30) * 10 + (text[from + 3] as number) - 0x30;
  remainder = (remainder * 100 + check) % 97;
  return remainder === 1 ? at : -1;
}

/** A and a are 0, Z and z are 25; -1 for what is no letter. */
function letter(byte: number | undefined): number {
  if (byte === undefined) return -1;
  const index = (byte & 0xdf) - 65;
  return index >= 0 && index < 26 ? index : -1;
}
