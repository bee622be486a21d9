/** What events have in common: members whose value is undefined are left out by the serialiser. */

export function known(text: string): string | undefined {
  return text === '' ? undefined : text;
}

export function positive(value: number): number | undefined {
  return value === 0 ? undefined : value;
}
