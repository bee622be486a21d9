/** What a tried stanza fires: findings with their evidence, why a rule does or does not, events, what rules saw. */
import type { JSX } from 'preact';
import type { TryAnswer, TryFinding } from '../../../../../sensor/api/contract.ts';
import { excerptMarks } from '../../logic/excerpt.ts';
import { plural } from '../../logic/number.ts';
import { ruleId, rulePath } from '../../logic/rule-words.ts';
import { CodeBlock } from '../../ui/code.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/page.tsx';
import { SeverityBadge } from '../../ui/severity.tsx';
import { Text } from '../../ui/text.tsx';

interface TryResultProps {
  readonly answer: TryAnswer;
  /** The rule that was to be explained. */
  readonly sid: number | undefined;
}

export function TryResult({ answer, sid }: TryResultProps): JSX.Element {
  const { fired, why, events, buffers, problems } = answer;
  const sorted = [...fired].sort((a, b) => a.severity - b.severity || a.sid - b.sid);
  return (
    <>
      {problems.length === 0 ? null : (
        <div class="verdict bad" role="alert">
          <p class="verdict-title">{plural(problems.length, 'problem')}</p>
          <pre class="code wrap">
            <Text text={problems.join('\n')} lines />
          </pre>
        </div>
      )}
      {sid === undefined ? null : <Why answer={answer} sid={sid} />}
      <Panel
        title={
          fired.length === 0 ? 'Nothing fires' : plural(fired.length, 'rule fires', 'rules fire')
        }
      >
        {fired.length === 0 ? (
          <p class="muted">
            No rule in force alerts on this.
            {why.length > 0 ? '' : ' Name a sid to see which of its conditions do not hold.'}
          </p>
        ) : (
          <ol class="findings">
            {sorted.map((finding, index) => (
              <Finding key={`${ruleId(finding)} ${index}`} finding={finding} />
            ))}
          </ol>
        )}
      </Panel>
      {events.length === 0 ? null : (
        <Panel title={plural(events.length, 'event')}>
          <p class="tags">
            {events.map((event) => (
              <code key={event} class="tag">
                <Text text={event} />
              </code>
            ))}
          </p>
        </Panel>
      )}
      {buffers.length === 0 ? null : (
        <Panel title="What rules see">
          <dl class="buffers">
            {buffers.map(({ buffer, text }, index) => (
              <div key={index}>
                <dt>
                  <code>{buffer}</code>
                </dt>
                <dd>
                  {text === '' ? (
                    <span class="muted">empty</span>
                  ) : (
                    <CodeBlock
                      text={text}
                      label={`Buffer ${buffer}`}
                      language={buffer === 'xmpp.stanza' ? 'xml' : 'plain'}
                    />
                  )}
                </dd>
              </div>
            ))}
          </dl>
        </Panel>
      )}
    </>
  );
}

function Finding({ finding }: { readonly finding: TryFinding }): JSX.Element {
  const { severity, msg, detection, buffer, excerpt, matches } = finding;
  return (
    <li>
      <div class="tags">
        <SeverityBadge severity={severity} />
        <Link to={rulePath(finding)}>
          <Text text={msg} />
        </Link>
        <span class="muted">
          {ruleId(finding)} <Text text={detection} />
        </span>
      </div>
      {excerpt === '' ? (
        <p class="muted">It rests on an event, not on a text.</p>
      ) : (
        <>
          <p class="muted">
            in <code>{buffer}</code>
          </p>
          <CodeBlock
            text={excerpt}
            marks={excerptMarks(excerpt, matches)}
            label={`Evidence of ${ruleId(finding)}`}
          />
        </>
      )}
    </li>
  );
}

function Why({ answer, sid }: { readonly answer: TryAnswer; readonly sid: number }): JSX.Element {
  const isFiring = answer.fired.some((finding) => finding.sid === sid);
  const failed = answer.why.filter(({ held }) => !held).length;
  return (
    <Panel
      title={
        isFiring
          ? `Why rule ${sid} fires`
          : `Why rule ${sid} does not fire${failed > 0 ? `: ${plural(failed, 'condition does', 'conditions do')} not hold` : ''}`
      }
    >
      {answer.why.length === 0 ? (
        <p class="muted">
          There is nothing to say about this rule: it is not among those in force, or it could not
          be asked.
        </p>
      ) : (
        <ul class="why">
          {answer.why.map(({ condition, held }, index) => (
            <li key={index} class={held ? 'held' : 'failed'}>
              <span class={held ? 'tag good' : 'tag bad'}>{held ? 'holds' : 'does not'}</span>
              <Text text={condition} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
