/** The rule that fired: in words, its note, its text, where to read more. */
import type { JSX } from 'preact';
import type { RuleDetail } from '../../../../../sensor/api/contract.ts';
import type { StoredAlert } from '../../../../../sensor/core/rows.ts';
import type { Loaded } from '../../api/load.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/page.tsx';
import { References } from '../../ui/references.tsx';
import { Skeleton } from '../../ui/states.tsx';
import { Text } from '../../ui/text.tsx';
import { RuleText } from '../rules/rule-text.tsx';

interface RuleProps {
  readonly alert: StoredAlert;
  readonly rule: Loaded<RuleDetail>;
}

export function Rule({ alert, rule }: RuleProps): JSX.Element {
  const { data, problem } = rule;
  const id = alert.gid === 1 ? String(alert.sid) : `${alert.gid}:${alert.sid}`;
  return (
    <Panel
      title="Why it fired"
      actions={
        <Link to={`/rules/${id}`}>
          Rule {id}, revision {alert.rev}
        </Link>
      }
    >
      {data === undefined && problem === undefined ? <Skeleton rows={4} /> : null}
      {data === undefined && problem !== undefined ? (
        <p class="notice">
          <Text text={problem.message} /> <Text text={problem.hint} />
        </p>
      ) : null}
      {data === undefined ? (
        <MoreToRead list={alert.references} />
      ) : (
        <Explained rule={data} alert={alert} />
      )}
    </Panel>
  );
}

function Explained({
  rule,
  alert,
}: {
  readonly rule: RuleDetail;
  readonly alert: StoredAlert;
}): JSX.Element {
  return (
    <div class="stack rule">
      {rule.note === '' ? null : (
        <p class="rule-note">
          <Text text={rule.note} lines />
        </p>
      )}
      {rule.rev === alert.rev ? null : (
        <p class="notice">
          The rule is at revision {rule.rev} now; this alert was raised by revision {alert.rev}.
        </p>
      )}
      {rule.conditions.length === 0 ? null : (
        <div>
          <h3>The rule in words</h3>
          <ul class="conditions">
            {rule.conditions.map((condition, index) => (
              <li key={index}>
                <Text text={condition} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {rule.effects.length === 0 ? null : (
        <div>
          <h3>Tuned</h3>
          <ul class="conditions">
            {rule.effects.map((effect, index) => (
              <li key={index}>
                <Text text={effect} />
              </li>
            ))}
          </ul>
        </div>
      )}
      <div>
        <h3>
          Text of the rule <span class="muted">{rule.file}</span>
        </h3>
        <div class="rule-source">
          <RuleText text={rule.text} />
          <CopyButton what="rule" text={rule.text} />
        </div>
      </div>
      <MoreToRead list={rule.references} />
    </div>
  );
}

function MoreToRead({ list }: { readonly list: readonly string[] }): JSX.Element | null {
  if (list.length === 0) return null;
  return (
    <div>
      <h3>References</h3>
      <References list={list} />
    </div>
  );
}
