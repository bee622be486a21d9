/** The first glance: the story, how bad, when, who, how sure, and what the sensor could not see. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AlertDetail } from '../../../../../sensor/api/contract.ts';
import type { StoredAlert, TriageStatus } from '../../../../../sensor/core/rows.ts';
import { count } from '../../logic/number.ts';
import { bareJid, confidenceText, endpoint, ends, seenText, timesText } from '../../logic/story.ts';
import { absoluteTime } from '../../logic/time.ts';
import { visibleText } from '../../logic/visible.ts';
import { href } from '../../router.ts';
import { may } from '../../session.ts';
import { timeMode } from '../../settings.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Link } from '../../ui/link.tsx';
import { SeverityBadge } from '../../ui/severity.tsx';
import { Sentence, Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { walk } from '../../walk.ts';
import { StatusTag } from './status-tag.tsx';

interface HeadProps {
  readonly detail: AlertDetail;
  readonly story: string;
  readonly onGo: (step: number) => () => void;
  readonly onStatus: (status: TriageStatus) => () => void;
  readonly onTune: () => void;
}

export function Head({ detail, story, onGo, onStatus, onTune }: HeadProps): JSX.Element {
  const { alert } = detail;
  useEffect(() => {
    document.title = `${visibleText(alert.signature, 100)} · Stanzawatch`;
  }, [alert.signature]);
  return (
    <header class="alert-head">
      <div class="alert-way">
        <Link to={walk.value.from} class="back">
          <Icon name="left" />
          Inbox
        </Link>
        <WalkButtons id={alert.alertId} onGo={onGo} />
      </div>
      <div class="alert-labels">
        <SeverityBadge severity={alert.severity} />
        <StatusTag status={alert.status} />
        <Link
          to={`/rules/${alert.gid === 1 ? alert.sid : `${alert.gid}:${alert.sid}`}`}
          class="signature"
        >
          <Text text={alert.signature} />
        </Link>
        <Link
          to={href('/inbox', { detection: alert.detection, since: 'all', status: 'all' })}
          class="detection-link"
        >
          <Text text={alert.detection} />
        </Link>
      </div>
      <div class="alert-top">
        <h1 class="story">
          <Sentence text={story} />
        </h1>
        <div class="alert-deeds">
          {may('analyst') ? <StatusButtons status={alert.status} onStatus={onStatus} /> : null}
          {may('analyst') ? (
            <Button icon="tune" label="Tune the rule" keys="t" onClick={onTune}>
              Tune
            </Button>
          ) : null}
        </div>
      </div>
      <Glance alert={alert} />
    </header>
  );
}

function WalkButtons({
  id,
  onGo,
}: {
  readonly id: string;
  readonly onGo: HeadProps['onGo'];
}): JSX.Element | null {
  const { ids } = walk.value;
  const at = ids.indexOf(id);
  if (at < 0) return null;
  return (
    <div class="walk">
      <span class="muted num">
        {count(at + 1)} of {count(ids.length)}
      </span>
      <Button
        small
        icon="up"
        kind="quiet"
        label="Alert before"
        keys="["
        disabled={at === 0}
        onClick={onGo(-1)}
      />
      <Button
        small
        icon="down"
        kind="quiet"
        label="Next alert"
        keys="]"
        disabled={at === ids.length - 1}
        onClick={onGo(1)}
      />
    </div>
  );
}

interface StatusButtonsProps {
  readonly status: TriageStatus;
  readonly onStatus: HeadProps['onStatus'];
}

function StatusButtons({ status, onStatus }: StatusButtonsProps): JSX.Element {
  const isDone = status === 'acknowledged' || status === 'closed';
  return (
    <>
      {isDone ? (
        <Button icon="reopen" label="Reopen" keys="u" onClick={onStatus('new')}>
          Reopen
        </Button>
      ) : (
        <Button
          kind="primary"
          icon="check"
          label="Acknowledge"
          keys="a"
          onClick={onStatus('acknowledged')}
        >
          Acknowledge
        </Button>
      )}
      {status === 'escalated' ? (
        <Button icon="ban" label="Close" keys="d" onClick={onStatus('closed')}>
          Close
        </Button>
      ) : (
        <Button icon="escalate" label="Escalate" keys="e" onClick={onStatus('escalated')}>
          Escalate
        </Button>
      )}
    </>
  );
}

function Glance({ alert }: { readonly alert: StoredAlert }): JSX.Element {
  const { from, to } = ends(alert);
  const seen = alert.xmpp?.seenPercent;
  return (
    <dl class="glance">
      <div>
        <dt>When</dt>
        <dd>
          <Time usec={alert.lastUsec} />
          <span class="muted">
            {alert.count > 1 ? (
              <>
                {timesText(alert.count)}, first <Time usec={alert.tsUsec} />
              </>
            ) : (
              'fired once'
            )}
          </span>
          {timeMode.value === 'relative' ? (
            <span class="muted num nowrap">{absoluteTime(alert.lastUsec, 'utc')} UTC</span>
          ) : null}
        </dd>
      </div>
      <div class="wide">
        <dt>Who</dt>
        <dd>
          <span class="parties">
            <Party name={from} isTarget={alert.target === 'src_ip'} address={alert.srcIp} />
            <span class="arrow" aria-label="to">
              →
            </span>
            <Party name={to} isTarget={alert.target === 'dest_ip'} address={alert.destIp} />
          </span>
          <span class="muted mono addresses">
            <Text text={endpoint(alert.srcIp, alert.srcPort)} />
            {alert.destIp === '' ? null : (
              <>
                {' → '}
                <Text text={endpoint(alert.destIp, alert.destPort)} />
              </>
            )}
          </span>
        </dd>
      </div>
      <div>
        <dt>How sure</dt>
        <dd>
          <Text text={alert.confidence === '' ? 'not said' : alert.confidence} />
          <span class="muted">{confidenceText(alert.confidence).replace(/^[^:]*: /, '')}</span>
        </dd>
      </div>
      {seen === undefined ? null : (
        <div>
          <dt>Seen of the connection</dt>
          <dd>
            <span class="seen">
              <span class="num">{Math.floor(seen * 10) / 10} %</span>
              <meter
                min={0}
                max={100}
                low={90}
                high={99}
                optimum={100}
                value={seen}
                aria-label="Seen percent"
              />
            </span>
            <span class="muted">{seenText(alert)}</span>
          </dd>
        </div>
      )}
    </dl>
  );
}

interface PartyProps {
  readonly name: string;
  readonly address: string;
  readonly isTarget: boolean;
}

function Party({ name, address, isTarget }: PartyProps): JSX.Element {
  const isAccount = name !== address && name !== '';
  return (
    <span class="party">
      {isAccount ? (
        <Link to={`/identities/${encodeURIComponent(bareJid(name))}`} title={visibleText(name)}>
          <Text text={name} />
        </Link>
      ) : (
        <Text text={name === '' ? 'unknown' : name} />
      )}
      {isTarget ? <span class="tag warn">attacked</span> : null}
    </span>
  );
}
