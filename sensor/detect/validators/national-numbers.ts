/** Check digits of national identity numbers that are written in digits alone. */
import { luhnHolds } from './luhn.ts';

/** Longest number of a scheme here (Chinese identity number). */
export const MAX_ID_DIGITS = 18;

/** Digits of the candidate, 0 to 9; 10 for a final X. Filled by national-id.ts. */
export const id = new Uint8Array(MAX_ID_DIGITS);

/** Sum of the first digits, each with its weight. */
function weighted(weights: readonly number[], from = 0): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (id[from + i] as number) * (weights[i] as number);
  return sum;
}

/** Value of the digits `from` to `to`; exact up to 15 digits. */
function number(from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + (id[i] as number);
  return value;
}

function isDate(month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

function allEqual(count: number): boolean {
  for (let i = 1; i < count; i++) if (id[i] !== id[0]) return false;
  return true;
}

/** United States: no check digit, but areas, groups and serials that are never given out. */
export function isSocialSecurity(): boolean {
  const area = number(0, 3);
  if (area === 0 || area === 666 || area >= 900) return false;
  if (number(3, 5) === 0 || number(5, 9) === 0) return false;
  // Printed in advertisements and used in every sample since.
  const whole = number(0, 9);
  return whole !== 78051120 && whole !== 219099999 && whole !== 123456789 && !allEqual(9);
}

/** Germany: the first ten digits hold one digit two or three times and lack at least one. */
export function isSteuerId(): boolean {
  if (id[0] === 0) return false;
  let repeated = 0;
  for (let digit = 0; digit < 10; digit++) {
    let times = 0;
    for (let i = 0; i < 10; i++) if (id[i] === digit) times++;
    if (times > 3) return false;
    if (times > 1) repeated++;
  }
  if (repeated > 1) return false;
  let state = 10;
  for (let i = 0; i < 10; i++) {
    const sum = (state + (id[i] as number)) % 10;
    state = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return (state + (id[10] as number)) % 10 === 1;
}

/** France: sex, year, month, place, serial; the key is 97 minus the rest modulo 97. */
export function isNir(): boolean {
  const sex = id[0] as number;
  const month = number(3, 5);
  if (sex !== 1 && sex !== 2 && sex !== 7 && sex !== 8) return false;
  if (!((month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50)) return false;
  return 97 - (number(0, 13) % 97) === number(13, 15);
}

/** Poland: date with the century in the month, weights 1 3 7 9. */
export function isPesel(): boolean {
  if (!isDate(number(2, 4) % 20, number(4, 6))) return false;
  return weighted([1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

/** The Netherlands: weights 9 to 2, the last digit subtracted, modulo 11. */
export function isBsn(): boolean {
  const sum = weighted([9, 8, 7, 6, 5, 4, 3, 2]) - (id[8] as number);
  return sum % 11 === 0 && !allEqual(9);
}

/** Belgium: 97 minus the first nine digits modulo 97; from 2000 on with a 2 before them. */
export function isRijksregister(): boolean {
  if (!isDate(number(2, 4) % 20, number(4, 6))) return false;
  const check = number(9, 11);
  const before = number(0, 9);
  return check === 97 - (before % 97) || check === 97 - ((2_000_000_000 + before) % 97);
}

/** Sweden: date, serial, Luhn over the last ten digits. The day of a co-ordination number is 60 more. */
export function isPersonnummer(count: number): boolean {
  const from = count - 10;
  return (
    isDate(number(from + 2, from + 4), number(from + 4, from + 6) % 60) && luhnHolds(id, from, 10)
  );
}

/** South Africa: date, serial, citizenship 0 to 2, Luhn. */
export function isSouthAfricanId(): boolean {
  return isDate(number(2, 4), number(4, 6)) && (id[10] as number) <= 2 && luhnHolds(id, 0, 13);
}

/** Brazil: CPF of a person (11 digits) or CNPJ of a company (14), two check digits modulo 11. */
export function isBrazilianId(count: number): boolean {
  if (allEqual(count)) return false;
  const [first, second] =
    count === 11
      ? [weighted([10, 9, 8, 7, 6, 5, 4, 3, 2]), weighted([11, 10, 9, 8, 7, 6, 5, 4, 3, 2])]
      : [
          weighted([5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]),
          weighted([6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]),
        ];
  return digitOf(first) === id[count - 2] && digitOf(second) === id[count - 1];
}

function digitOf(sum: number): number {
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

/** China: place, date, serial, ISO 7064 MOD 11-2. */
export function isChineseId(): boolean {
  const year = number(6, 10);
  if (id[0] === 0 || year < 1900 || year > 2100) return false;
  if (!isDate(number(10, 12), number(12, 14))) return false;
  let state = 0;
  for (let i = 0; i < 17; i++) state = ((state + (id[i] as number)) * 2) % 11;
  return (state + (id[17] as number)) % 11 === 1;
}

/** Russia: SNILS (11 digits) or INN (10 of a company, 12 of a person). */
export function isRussianId(count: number): boolean {
  if (allEqual(count)) return false;
  if (count === 11) return (weighted([9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100 === number(9, 11);
  if (count === 10) return (weighted([2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10 === id[9];
  return (
    (weighted([7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10 === id[10] &&
    (weighted([3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10 === id[11]
  );
}

/** Korea: date, sex and century. */
export function isRrnShape(): boolean {
  const sex = id[6] as number;
  return isDate(number(2, 4), number(4, 6)) && sex !== 0 && sex !== 9;
}

/** Korea: weighted check digit. Numbers given out since October 2020 carry none. */
export function isRrnChecked(): boolean {
  const sum = weighted([2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
  return (11 - (sum % 11)) % 10 === id[12];
}
