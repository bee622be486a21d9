/** /health: how the sensor is, in words first, then over time, then in figures. Asks anew every five seconds. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Health } from '../../../../../sensor/api/contract.ts';
import { api } from '../../api/endpoints.ts';
import { useLoad } from '../../api/load.ts';
import { healthStory } from '../../logic/health-words.ts';
import { plural } from '../../logic/number.ts';
import { duration } from '../../logic/time.ts';
import { PageHead, Panel } from '../../ui/page.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { Text } from '../../ui/text.tsx';
import { Checks } from './checks.tsx';
import { HealthCharts } from './health-charts.tsx';
import {
  FiguresPanel,
  InterfacesPanel,
  MemoryPanel,
  RulesPanel,
  StorePanel,
  WorkersPanel,
} from './panels.tsx';
import './health.css';

const ASK_MS = 5_000;

export function Page(): JSX.Element {
  const { data, problem, reload } = useLoad('health page', (options) => api.health(options));
  useEffect(() => {
    const timer = window.setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, ASK_MS);
    return () => {
      window.clearInterval(timer);
    };
  }, [reload]);
  if (data === undefined) {
    return (
      <>
        <PageHead title="Health" />
        {problem === undefined ? <Skeleton /> : <ErrorState problem={problem} onRetry={reload} />}
      </>
    );
  }
  return <Shown health={data} isStale={problem !== undefined} />;
}

interface ShownProps {
  readonly health: Health;
  readonly isStale: boolean;
}

function Shown({ health, isStale }: ShownProps): JSX.Element {
  const { sensor, version, source, isLive, uptimeSeconds } = health;
  const story = healthStory(health);
  const kind = { ok: 'good', warning: 'warn', bad: 'bad' }[story.state];
  return (
    <>
      <PageHead
        title="Health"
        sub={
          <>
            Sensor <Text text={sensor} />, version {version},{' '}
            {isLive ? (
              <>
                capturing on <Text text={source} max={120} />, up {duration(uptimeSeconds * 1e6)}
              </>
            ) : (
              <>
                reading <Text text={source} max={120} />
              </>
            )}
          </>
        }
      />
      {isStale ? (
        <div class="verdict warn" role="status">
          <p class="verdict-title">The sensor does not answer; this is what it said last.</p>
        </div>
      ) : null}
      {isLive ? null : (
        <div class="verdict" role="note">
          <p class="verdict-title">No sensor runs behind this console.</p>
          <p>
            It shows a store that was filled before: nothing is captured now, and counters stand
            still. A live sensor is started with <code>stanzawatch run -i INTERFACE</code>.
          </p>
        </div>
      )}
      <div class={`verdict ${kind}`} role="status">
        <p class="verdict-title">{story.headline}.</p>
        {story.troubles.length === 0 ? (
          <p>{plural(story.well.length, 'check')} passed; they are listed below.</p>
        ) : (
          <Checks checks={story.troubles} />
        )}
      </div>
      <HealthCharts isLive={isLive} />
      <InterfacesPanel health={health} />
      <div class="health-panels">
        <StorePanel health={health} />
        <RulesPanel health={health} />
        <MemoryPanel health={health} />
        <WorkersPanel health={health} />
        <FiguresPanel health={health} />
      </div>
      {story.well.length === 0 ? null : (
        <Panel title="What is well">
          <Checks checks={story.well} />
        </Panel>
      )}
    </>
  );
}
