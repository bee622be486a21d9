/** What the user chose about looks: kept on this device. Nothing here is secret. */
import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
export type TimeMode = 'relative' | 'utc' | 'local';

export const theme = signal<Theme>(stored('theme', ['system', 'light', 'dark']));
export const timeMode = signal<TimeMode>(stored('times', ['relative', 'utc', 'local']));

/** True while dark is shown; charts draw on a canvas and cannot ask a style sheet. */
export const isDark = signal(false);

/** Keeps the attribute the style sheet asks in step with the choice and the system. */
export function startTheme(): void {
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const show = (): void => {
    isDark.value = theme.value === 'dark' || (theme.value === 'system' && system.matches);
    document.documentElement.dataset['theme'] = isDark.value ? 'dark' : 'light';
  };
  system.addEventListener('change', show);
  effect(() => {
    show();
    keep('theme', theme.value);
  });
  effect(() => {
    keep('times', timeMode.value);
  });
}

function stored<Value extends string>(key: string, values: readonly [Value, ...Value[]]): Value {
  try {
    const value = localStorage.getItem(`stanzawatch.${key}`);
    return values.find((one) => one === value) ?? values[0];
  } catch {
    return values[0];
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(`stanzawatch.${key}`, value);
  } catch {
    // Storage may be switched off: the choice then lasts as long as the page.
  }
}
