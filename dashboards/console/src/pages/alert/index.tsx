/** One alert: what happened, how sure, the evidence as decoded and as sent, what was around it, what to do about it. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { AlertDetail, TranscriptEntry } from '../../../../../sensor/api/contract.ts';
import type { TriageStatus } from '../../../../../sensor/core/rows.ts';
import { api } from '../../api/endpoints.ts';
import { onLive } from '../../api/live.ts';
import { useLoad } from '../../api/load.ts';
import { navigate } from '../../router.ts';
import { may } from '../../session.ts';
import { useKeys } from '../../ui/keys.ts';
import { Panel, type PageProps } from '../../ui/page.tsx';
import { ErrorState, Skeleton } from '../../ui/states.tsx';
import { walk } from '../../walk.ts';
import { Evidence } from './evidence.tsx';
import { ContextFacts, SessionFacts } from './facts.tsx';
import { Head } from './head.tsx';
import { Packets } from './packets.tsx';
import { Related } from './related.tsx';
import { Rule } from './rule.tsx';
import { TranscriptPanel } from './transcript.tsx';
import { TriagePanel, useTriage } from './triage-panel.tsx';
import { TuneAlertRule } from './tune.tsx';
import './alert.css';

export function Page({ params }: PageProps): JSX.Element {
  const id = params['id'] ?? '';
  const detail = useLoad(`alert ${id}`, (options) => api.alert(id, options));
  useEffect(
    () =>
      onLive((event) => {
        const isThis = event.event === 'triage' && event.data.alertIds.includes(id);
        if (isThis || event.event === 'lost') detail.reload();
      }),
    [id, detail.reload],
  );
  if (detail.data === undefined && detail.problem !== undefined) {
    return <ErrorState problem={detail.problem} onRetry={detail.reload} />;
  }
  if (detail.data === undefined) {
    return (
      <Panel>
        <Skeleton rows={10} />
      </Panel>
    );
  }
  return <Alert key={id} detail={detail.data} onChange={detail.reload} />;
}

interface AlertProps {
  readonly detail: AlertDetail;
  readonly onChange: () => void;
}

function Alert({ detail, onChange }: AlertProps): JSX.Element {
  const { alert, story } = detail;
  const [isTuning, setTuning] = useState(false);
  const transcript = useLoad(`transcript ${alert.alertId}`, (options) =>
    api.transcript(alert.alertId, options),
  );
  const ruleId = alert.gid === 1 ? String(alert.sid) : `${alert.gid}:${alert.sid}`;
  const rule = useLoad(`rule ${ruleId}`, (options) => api.rule(ruleId, options));
  const triage = useTriage(detail, onChange);
  const own = useMemo(
    (): TranscriptEntry | undefined => transcript.data?.entries.find((entry) => entry.isAlert),
    [transcript.data],
  );

  const go = (step: number) => () => {
    const { ids } = walk.value;
    const next = ids[ids.indexOf(alert.alertId) + step];
    if (ids.includes(alert.alertId) && next !== undefined) {
      navigate(`/alerts/${encodeURIComponent(next)}`);
    }
  };
  const set = (status: TriageStatus) => () => {
    void triage.change({ status });
  };
  const tune = (): void => {
    if (may('analyst')) setTuning(true);
  };
  useKeys('Alert', [
    { keys: 'a', label: 'Acknowledge', run: set('acknowledged') },
    { keys: 'e', label: 'Escalate', run: set('escalated') },
    { keys: 'd', label: 'Close (done)', run: set('closed') },
    { keys: 'u', label: 'Reopen', run: set('new') },
    {
      keys: 'c',
      label: 'Comment',
      run: () => {
        document.getElementById('comment')?.focus();
      },
    },
    { keys: 't', label: 'Tune the rule', run: tune },
    { keys: ']', label: 'Next alert of the list', run: go(1) },
    { keys: '[', label: 'Alert before', run: go(-1) },
    {
      keys: 'Escape',
      label: 'Back to the list',
      run: () => {
        navigate(walk.value.from);
      },
    },
  ]);

  return (
    <>
      <Head detail={detail} story={story} onGo={go} onStatus={set} onTune={tune} />
      <div class="columns alert-columns">
        <div class="stack">
          <Evidence alert={alert} entry={own} isLoading={transcript.isLoading} />
          <Rule alert={alert} rule={rule} />
          <TranscriptPanel transcript={transcript} alert={alert} />
        </div>
        <div class="stack">
          <TriagePanel detail={detail} triage={triage} />
          <SessionFacts detail={detail} />
          <ContextFacts detail={detail} />
          <Packets detail={detail} />
          <Related detail={detail} />
        </div>
      </div>
      {isTuning ? (
        <TuneAlertRule
          alert={alert}
          history={rule.data?.tuning ?? []}
          onClose={() => {
            setTuning(false);
          }}
          onDone={rule.reload}
        />
      ) : null}
    </>
  );
}
