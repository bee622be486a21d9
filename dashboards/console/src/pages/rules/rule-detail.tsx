/** /rules/:sid: one rule: what it says, in words, how it fared here, and what the site changed about it. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { RuleDetail } from '../../../../../sensor/api/contract.ts';
import { api } from '../../api/endpoints.ts';
import { useLoad } from '../../api/load.ts';
import { count, plural } from '../../logic/number.ts';
import { ruleId } from '../../logic/rule-words.ts';
import { href } from '../../router.ts';
import { may } from '../../session.ts';
import { AlertTable } from '../../ui/alert-table.tsx';
import { AlertTimeline } from '../../ui/alert-timeline.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { JidLink } from '../../ui/jid.tsx';
import { Link } from '../../ui/link.tsx';
import { Facts, PageHead, Panel } from '../../ui/page.tsx';
import { SeverityBadge } from '../../ui/severity.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { References } from '../../ui/references.tsx';
import { Text } from '../../ui/text.tsx';
import { Time } from '../../ui/time.tsx';
import { RuleState } from './rule-list.tsx';
import { RuleText } from './rule-text.tsx';
import { TuneRule } from './tune-rule.tsx';
import { TuningList } from './tuning-list.tsx';

export function RuleDetailPage({ sid }: { readonly sid: string }): JSX.Element {
  const { data, problem, reload } = useLoad(`rule ${sid}`, (options) => api.rule(sid, options), {
    keepStale: true,
  });
  if (data !== undefined) return <Shown rule={data} onChange={reload} />;
  return (
    <>
      <PageHead title={`Rule ${sid}`} />
      {problem === undefined ? (
        <Skeleton />
      ) : problem.status === 404 ? (
        <EmptyState title="There is no such rule">
          It may have been taken out of the rule files. <Link to="/rules">All rules</Link>
        </EmptyState>
      ) : (
        <ErrorState problem={problem} onRetry={reload} />
      )}
    </>
  );
}

interface ShownProps {
  readonly rule: RuleDetail;
  readonly onChange: () => void;
}

function Shown({ rule, onChange }: ShownProps): JSX.Element {
  const { sid, msg, note, text, conditions, effects, tuning, gid } = rule;
  const [isTuning, setTuning] = useState(false);
  return (
    <>
      <PageHead
        title={msg}
        documentTitle={`${ruleId(rule)} ${msg}`}
        sub={
          <span class="tags">
            <SeverityBadge severity={rule.severity} />
            <RuleState rule={rule} />
            <span>
              <Text text={rule.detection} />, rule {ruleId(rule)}, {firedWords(rule)}
            </span>
          </span>
        }
        actions={
          <>
            <Link to={href('/rules/try', { sid: ruleId(rule) })} class="button">
              Try it
            </Link>
            <Link to={href('/inbox', { sid, since: 'all', status: 'all' })} class="button">
              Its alerts
            </Link>
            {may('analyst') ? (
              <Button
                icon="tune"
                onClick={() => {
                  setTuning(true);
                }}
              >
                Tune
              </Button>
            ) : null}
          </>
        }
      />
      {note === '' ? null : (
        <div class="verdict" role="note">
          <p>
            <Text text={note} />
          </p>
        </div>
      )}
      <div class="columns">
        <div class="stack">
          <Panel
            title="The rule"
            actions={
              <CopyButton text={text} what="text of the rule">
                Copy
              </CopyButton>
            }
          >
            <RuleText text={text} />
          </Panel>
          <Panel title="In words">
            <ul class="rule-conditions">
              {conditions.map((line, index) => (
                <li key={index}>
                  <Text text={line} />
                </li>
              ))}
            </ul>
          </Panel>
          <Panel title="Alerts over time">
            <AlertTimeline query={{ sid, since: '7d' }} />
          </Panel>
          <Panel title="Latest alerts" flush>
            <AlertTable
              query={{ sid }}
              label="Alerts of this rule"
              empty="It has not fired"
              hasKeys
            />
          </Panel>
        </div>
        <div class="stack">
          <Panel title="Facts">
            <Facts items={factsOf(rule)} />
          </Panel>
          <Panel title="In force here">
            {effects.length === 0 ? (
              <p class="muted">As shipped: no threshold, no suppression.</p>
            ) : (
              <ul class="rule-conditions">
                {effects.map((line, index) => (
                  <li key={index}>
                    <Text text={line} />
                  </li>
                ))}
              </ul>
            )}
          </Panel>
          {rule.topSources.length === 0 ? null : (
            <Panel title="Who it fires on most, 7 days">
              <ul class="counted">
                {rule.topSources.map(({ key, alerts }) => (
                  <li key={key}>
                    <span class="grow">{/[.:]\d+$/.test(key) ? key : <JidLink jid={key} />}</span>
                    <span class="num">{count(alerts)}</span>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
          <Panel title="References">
            {rule.references.length === 0 ? (
              <p class="muted">None given.</p>
            ) : (
              <References list={rule.references} />
            )}
          </Panel>
          <Panel title="Cases">
            {rule.cases.length === 0 ? (
              <p class="muted">No case lies beside it.</p>
            ) : (
              <ul class="cases">
                {rule.cases.map(({ name, fires }) => (
                  <li key={name}>
                    <span class={fires ? 'tag accent' : 'tag'}>{fires ? 'fires' : 'silent'}</span>{' '}
                    <Text text={name} />
                  </li>
                ))}
              </ul>
            )}
          </Panel>
        </div>
      </div>
      <Panel
        title={`Tuning of rule ${gid === 1 ? '' : `${gid}:`}${sid}`}
        actions={<Link to="/rules/tuning">All tuning</Link>}
        flush
      >
        <TuningList entries={tuning} onChange={onChange} isOfOneRule />
      </Panel>
      {isTuning ? (
        <TuneRule
          rule={rule}
          onClose={() => {
            setTuning(false);
          }}
          onDone={onChange}
        />
      ) : null}
    </>
  );
}

function firedWords({ alerts, lastUsec }: RuleDetail): JSX.Element | string {
  if (alerts === 0 && lastUsec === undefined) return 'has not fired in 7 days';
  return (
    <>
      fired {plural(alerts, 'time')} in 7 days
      {lastUsec === undefined ? null : (
        <>
          , last <Time usec={lastUsec} />
        </>
      )}
    </>
  );
}

function factsOf(rule: RuleDetail): Parameters<typeof Facts>[0]['items'] {
  return [
    ['Detection', <Text text={rule.detection} />],
    ['Category', <Text text={rule.category} />],
    ['Class', <Text text={rule.classtype} />],
    ['Confidence', rule.confidence === '' ? 'not said' : <Text text={rule.confidence} />],
    ['Revision', String(rule.rev)],
    ['ATT&CK', rule.techniques.length === 0 ? '' : <Text text={rule.techniques.join(', ')} />],
    ['File', <Text text={`${rule.file}, line ${rule.line}`} />],
  ];
}
