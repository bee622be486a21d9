/** The frame around every page, and which page stands in it. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { startLive } from './api/live.ts';
import { warmRules } from './api/warm.ts';
import { matchPath, navigate, path } from './router.ts';
import { ROUTES, type PageName } from './routes.ts';
import { isSignedIn } from './session.ts';
import { TopBar } from './shell/top-bar.tsx';
import { Help } from './shell/help.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { PendingKey } from './shell/pending-key.tsx';
import { startKeys, useKeys } from './ui/keys.ts';
import { lazyPage } from './ui/lazy.tsx';
import { PageHead } from './ui/page.tsx';
import { Toasts, undoLast } from './ui/toast.tsx';
import { Link } from './ui/link.tsx';

const PAGES: Readonly<Record<PageName, ReturnType<typeof lazyPage>>> = {
  inbox: lazyPage(() => import('./pages/inbox/index.tsx')),
  alert: lazyPage(() => import('./pages/alert/index.tsx')),
  campaigns: lazyPage(() => import('./pages/campaigns/index.tsx')),
  files: lazyPage(() => import('./pages/files/index.tsx')),
  identities: lazyPage(() => import('./pages/identities/index.tsx')),
  exposures: lazyPage(() => import('./pages/exposures/index.tsx')),
  sessions: lazyPage(() => import('./pages/sessions/index.tsx')),
  rules: lazyPage(() => import('./pages/rules/index.tsx')),
  health: lazyPage(() => import('./pages/health/index.tsx')),
  audit: lazyPage(() => import('./pages/audit/index.tsx')),
  graph: lazyPage(() => import('./pages/graph/index.tsx')),
};

const GO_TO: readonly (readonly [key: string, to: string, name: string])[] = [
  ['i', '/inbox', 'Inbox'],
  ['c', '/campaigns', 'Campaigns'],
  ['f', '/files', 'Files'],
  ['p', '/identities', 'Identities (people)'],
  ['e', '/exposures', 'Exposures'],
  ['s', '/sessions', 'Sessions'],
  ['r', '/rules', 'Rules'],
  ['t', '/rules/try', 'Try a rule'],
  ['w', '/graph', 'Who talks to whom'],
  ['h', '/health', 'Health'],
  ['a', '/audit', 'Audit (administrators)'],
];

export function App(): JSX.Element {
  useEffect(startKeys, []);
  useEffect(startLive, []);
  useEffect(warmRules, []);
  return (
    <>
      {isSignedIn.value ? <Frame /> : <SignIn />}
      <Toasts />
    </>
  );
}

function Frame(): JSX.Element {
  const [isHelpOpen, setHelpOpen] = useState(false);
  useKeys('Everywhere', [
    ...GO_TO.map(([key, to, name]) => ({
      keys: `g ${key}`,
      label: name,
      run: () => {
        navigate(to);
      },
    })),
    { keys: 'z', label: 'Undo the last triage', run: undoLast },
    {
      keys: '?',
      label: 'These keys',
      run: () => {
        setHelpOpen(true);
      },
    },
  ]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <TopBar
        onHelp={() => {
          setHelpOpen(true);
        }}
      />
      <main id="main" class="main" tabIndex={-1}>
        <Page />
      </main>
      <PendingKey />
      {isHelpOpen ? (
        <Help
          onClose={() => {
            setHelpOpen(false);
          }}
        />
      ) : null}
    </>
  );
}

function Page(): JSX.Element {
  const at = path.value;
  const before = useRef(at);
  useEffect(() => {
    if (at === '/') navigate('/inbox', { replace: true });
    // A screen reader hears the new page; the first one is read anyway.
    else if (before.current !== at) document.getElementById('main')?.focus({ preventScroll: true });
    before.current = at;
  }, [at]);
  if (at === '/') return <></>;
  const match = matchPath(ROUTES, at);
  if (match === undefined) {
    return (
      <>
        <PageHead title="There is no such page" sub="Its address may be mistyped, or incomplete." />
        <p>
          <Link to="/inbox">Go to the inbox</Link>
        </p>
      </>
    );
  }
  const Shown = PAGES[match.page];
  return <Shown key={match.page} params={match.params} />;
}
