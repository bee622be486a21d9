/** What is the same on every page: where one is, how the sensor is, who is signed in. */
import type { JSX, RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api/endpoints.ts';
import { liveState, onLive } from '../api/live.ts';
import { useLoad } from '../api/load.ts';
import { healthLine } from '../logic/health-line.ts';
import { path } from '../router.ts';
import { isLive, keepMe, may, me, signOut } from '../session.ts';
import { theme, timeMode, type Theme, type TimeMode } from '../settings.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Link } from '../ui/link.tsx';
import { Text } from '../ui/text.tsx';
import { Logo } from './logo.tsx';

const NAVIGATION: readonly (readonly [to: string, name: string])[] = [
  ['/inbox', 'Inbox'],
  ['/campaigns', 'Campaigns'],
  ['/files', 'Files'],
  ['/identities', 'Identities'],
  ['/exposures', 'Exposures'],
  ['/rules', 'Rules'],
  ['/health', 'Health'],
];

const HEALTH_MS = 60_000;

export function TopBar({ onHelp }: { readonly onHelp: () => void }): JSX.Element {
  const pages = may('admin') ? [...NAVIGATION, ['/audit', 'Audit'] as const] : NAVIGATION;
  const at = path.value;
  const navigation = useRef<HTMLElement>(null);
  useWhoAmI();
  const beyond = useBeyond(navigation, pages.length);
  // On a phone the pages do not fit side by side: the one shown is moved into sight, as is one that has the focus.
  useEffect(() => {
    const bar = navigation.current;
    const current = bar?.querySelector<HTMLElement>('[aria-current]');
    if (bar === null || current === null || current === undefined) return;
    const left = current.offsetLeft - bar.offsetLeft;
    bar.scrollLeft = left - (bar.clientWidth - current.offsetWidth) / 2;
  }, [at, pages.length]);
  return (
    <header class="top-bar">
      <Link to="/inbox" class="brand" title="Stanzawatch: inbox">
        <Logo />
        <span class="brand-name">
          {me.value === undefined ? 'Stanzawatch' : <Text text={me.value.sensor} max={40} />}
        </span>
      </Link>
      <nav
        ref={navigation}
        class={`navigation ${beyond}`}
        aria-label="Pages"
        onFocusIn={({ target }) => {
          // Browsers leave one that is half in sight where it is.
          if (target instanceof Element)
            target.scrollIntoView({ block: 'nearest', inline: 'nearest' });
        }}
      >
        {pages.map(([to, name]) => (
          <Link key={to} to={to} current={isBelow(at, to)}>
            {name}
          </Link>
        ))}
      </nav>
      <div class="top-right">
        <HealthLine />
        <LiveDot />
        <Button
          kind="quiet"
          icon="help"
          label="Keys"
          keys="?"
          onClick={onHelp}
          class="hide-phone"
        />
        <Menu />
      </div>
    </header>
  );
}

/** On which sides more can be scrolled into sight: '', 'more-before', 'more-after' or both. */
function useBeyond(scroller: RefObject<HTMLElement | null>, items: number): string {
  const [beyond, setBeyond] = useState('');
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const look = (): void => {
      const { scrollLeft, scrollWidth, clientWidth } = element;
      // Positions are fractions of a pixel where the page is magnified.
      const before = scrollLeft > 1 ? 'more-before' : '';
      const after = scrollLeft + clientWidth < scrollWidth - 1 ? 'more-after' : '';
      setBeyond(`${before} ${after}`.trim());
    };
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [items]);
  return beyond;
}

function isBelow(at: string, to: string): boolean {
  return at === to || at.startsWith(`${to}/`) || (to === '/inbox' && at.startsWith('/alerts/'));
}

/** After a reload of the page the token is there; whose it is, and what it may, is asked anew. */
function useWhoAmI(): void {
  const { data } = useLoad('me', (options) => api.me(options));
  useEffect(() => {
    if (data !== undefined) keepMe(data);
  }, [data]);
}

/** The worst check as a dot with its own words; leads to the page that says more. */
function HealthLine(): JSX.Element {
  const { data, problem, reload } = useLoad('health', (options) => api.health(options));
  useEffect(() => {
    const timer = window.setInterval(reload, HEALTH_MS);
    const stop = onLive((event) => {
      if (event.event === 'health') reload();
    });
    return () => {
      window.clearInterval(timer);
      stop();
    };
  }, [reload]);
  const { state, words } = healthLine(data, problem?.status === 0);
  return (
    <Link to="/health" class={`health-line ${state}`} title={words}>
      <span class="health-dot" aria-hidden="true" />
      <span class="health-words">
        {/* What it comes from stands in the title, and on the page. */}
        <Text text={words.split(': ')[0] ?? words} max={120} />
      </span>
    </Link>
  );
}

function LiveDot(): JSX.Element {
  const state = liveState.value;
  const isStore = state === 'live' && !isLive.value;
  const words = isStore
    ? 'Store'
    : { live: 'Live', connecting: 'Connecting', off: 'Offline' }[state];
  const title = isStore
    ? 'Stored alerts: nothing is captured here. What is written into the store shows as it comes'
    : state === 'live'
      ? 'New alerts show as they come'
      : 'New alerts do not come by themselves now; trying again';
  return (
    <span class={`live-state ${isStore ? 'store' : state}`} title={title} role="status">
      {words}
    </span>
  );
}

/** Looks, and the way out. */
function Menu(): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    const onDown = (event: Event): void => {
      if (event.target instanceof Node && box.current?.contains(event.target) === true) return;
      setOpen(false);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setOpen(false);
    };
    document.addEventListener('pointerdown', onDown);
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('pointerdown', onDown);
      document.removeEventListener('keydown', onKey);
    };
  }, [isOpen]);
  const who = me.value;
  return (
    <div class="menu" ref={box}>
      <Button
        kind="quiet"
        icon="user"
        label="Appearance and sign out"
        expanded={isOpen}
        onClick={() => {
          setOpen(!isOpen);
        }}
      />
      {isOpen ? (
        <div class="menu-box">
          {who === undefined ? null : (
            <p class="menu-who">
              <strong>
                <Text text={who.name} max={60} />
              </strong>
              <span class="muted">
                {who.role}
                {who.isLive ? '' : ', stored alerts only'}
              </span>
            </p>
          )}
          <Choice<Theme>
            name="Theme"
            value={theme.value}
            choices={[
              ['system', 'System'],
              ['light', 'Light'],
              ['dark', 'Dark'],
            ]}
            onChange={(value) => {
              theme.value = value;
            }}
          />
          <Choice<TimeMode>
            name="Times"
            value={timeMode.value}
            choices={[
              ['relative', 'Relative'],
              ['utc', 'UTC'],
              ['local', 'Local'],
            ]}
            onChange={(value) => {
              timeMode.value = value;
            }}
          />
          <div class="menu-links">
            <Link to="/sessions">Sessions</Link>
            <Link to="/graph">Who talks to whom</Link>
            <Link to="/rules/try">Try a rule</Link>
          </div>
          <button
            type="button"
            class="button"
            onClick={() => {
              signOut();
            }}
          >
            <Icon name="out" />
            Sign out
          </button>
        </div>
      ) : null}
    </div>
  );
}

interface ChoiceProps<Value extends string> {
  readonly name: string;
  readonly value: Value;
  readonly choices: readonly (readonly [value: Value, title: string])[];
  readonly onChange: (value: Value) => void;
}

function Choice<Value extends string>({
  name,
  value,
  choices,
  onChange,
}: ChoiceProps<Value>): JSX.Element {
  return (
    <fieldset class="choice">
      <legend>{name}</legend>
      <div class="choice-row">
        {choices.map(([one, title]) => (
          <label key={one} class={one === value ? 'chosen' : undefined}>
            <input
              type="radio"
              name={name}
              checked={one === value}
              onChange={() => {
                onChange(one);
              }}
            />
            {title}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
