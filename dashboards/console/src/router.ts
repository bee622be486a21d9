/**
 * Where the user is: path and query are signals over the history API. Filters live in the query, so a view can be
 * sent to a colleague; the token never does.
 */
import { computed, signal } from '@preact/signals';

const place = signal({ path: location.pathname, search: location.search });

export const path = computed(() => place.value.path);
/** The query of the URL; read it inside a component and it renders anew when the query changes. */
export const query = computed(() => new URLSearchParams(place.value.search));

window.addEventListener('popstate', () => {
  place.value = { path: location.pathname, search: location.search };
});

/** Goes to a path of the console (`/alerts/ab12?tab=raw`). `replace` leaves no step in the history. */
export function navigate(to: string, options: { readonly replace?: boolean } = {}): void {
  const url = new URL(to, location.origin);
  if (url.pathname === location.pathname && url.search === location.search) return;
  const isNewPage = url.pathname !== location.pathname;
  if (options.replace === true) history.replaceState(null, '', url);
  else history.pushState(null, '', url);
  place.value = { path: url.pathname, search: url.search };
  if (isNewPage && options.replace !== true) window.scrollTo(0, 0);
}

/** Changes some keys of the query; undefined or '' removes a key. */
export function setQuery(
  changes: Readonly<Record<string, string | undefined>>,
  options: { readonly replace?: boolean } = {},
): void {
  const next = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined || value === '') next.delete(key);
    else next.set(key, value);
  }
  const text = next.toString();
  navigate(text === '' ? location.pathname : `${location.pathname}?${text}`, options);
}

/** `/campaigns` and values of the query, those that are undefined or '' left out. */
export function href(
  to: string,
  values: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const parts = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') parts.set(key, String(value));
  }
  const text = parts.toString();
  return text === '' ? to : `${to}?${text}`;
}

export interface Match<Page extends string> {
  readonly page: Page;
  readonly params: Readonly<Record<string, string>>;
}

/** Pattern of a path (`/alerts/:id`) to the page it shows; the first that fits wins. */
export function matchPath<Page extends string>(
  routes: readonly (readonly [pattern: string, page: Page])[],
  at: string,
): Match<Page> | undefined {
  const parts = at.split('/').filter((part) => part !== '');
  for (const [pattern, page] of routes) {
    const params = matchOne(
      pattern.split('/').filter((part) => part !== ''),
      parts,
    );
    if (params !== undefined) return { page, params };
  }
  return undefined;
}

function matchOne(
  pattern: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, piece] of pattern.entries()) {
    const part = parts[index] ?? '';
    if (!piece.startsWith(':')) {
      if (piece !== part) return undefined;
      continue;
    }
    try {
      params[piece.slice(1)] = decodeURIComponent(part);
    } catch {
      return undefined;
    }
  }
  return params;
}
