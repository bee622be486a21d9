/** /rules/try: a stanza in, what fires and why. Nothing that is pasted is stored. */
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { TryAnswer, TryRequest } from '../../../../../sensor/api/contract.ts';
import { api } from '../../api/endpoints.ts';
import type { ApiError } from '../../api/client.ts';
import { asApiError } from '../../api/load.ts';
import { bytes } from '../../logic/number.ts';
import { TRY_EXAMPLES } from '../../logic/try-examples.ts';
import { query } from '../../router.ts';
import { Button } from '../../ui/button.tsx';
import { useKeys } from '../../ui/keys.ts';
import { PageHead, Panel } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../ui/states.tsx';
import { Editor } from './editor.tsx';
import { TryResult } from './try-result.tsx';

/** What the API takes at most. */
const MAX_BYTES = 256 * 1024;

interface Outcome {
  readonly answer?: TryAnswer;
  readonly problem?: ApiError;
  /** What was asked for. */
  readonly sid?: number;
}

export function TryPage(): JSX.Element {
  const [stanza, setStanza] = useState('');
  const [direction, setDirection] = useState<TryRequest['direction']>('to_server');
  const [sid, setSid] = useState(sidOf(query.value.get('sid') ?? ''));
  const [rules, setRules] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>({});
  const editor = useRef<HTMLTextAreaElement>(null);
  const turn = useRef(0);

  const run = async (): Promise<void> => {
    if (stanza.trim() === '' || isBusy) {
      editor.current?.focus();
      return;
    }
    const mine = ++turn.current;
    const number = /^\d+$/.test(sid) ? Number(sid) : undefined;
    const asked = {
      stanza,
      ...(direction === undefined ? {} : { direction }),
      ...(number === undefined ? {} : { sid: number }),
      ...(rules.trim() === '' ? {} : { rules }),
    };
    setBusy(true);
    try {
      const answer = await api.tryRules(asked);
      if (mine === turn.current)
        setOutcome({ answer, ...(number === undefined ? {} : { sid: number }) });
    } catch (error) {
      if (mine === turn.current) setOutcome({ problem: asApiError(error) });
    } finally {
      if (mine === turn.current) setBusy(false);
    }
  };
  useKeys('Try', [
    {
      keys: '/',
      label: 'To the stanza',
      run: () => {
        editor.current?.focus();
      },
    },
  ]);

  const size = new TextEncoder().encode(stanza).length;
  const isTooLong = size > MAX_BYTES;
  return (
    <>
      <PageHead
        title="Try a stanza"
        sub="Paste stanzas or a whole stream: what fires, on what, and why. Nothing is stored."
      />
      <div class="try">
        <form
          class="stack"
          onSubmit={(event: Event) => {
            event.preventDefault();
            void run();
          }}
        >
          <Panel
            title="Stanza"
            actions={
              <select
                aria-label="Example"
                value=""
                onChange={(event) => {
                  const example = TRY_EXAMPLES[Number(event.currentTarget.value)];
                  event.currentTarget.value = '';
                  if (example === undefined) return;
                  setStanza(example.text);
                  setDirection(example.direction);
                  editor.current?.focus();
                }}
              >
                <option value="">Examples …</option>
                {TRY_EXAMPLES.map(({ name }, index) => (
                  <option key={name} value={String(index)}>
                    {name}
                  </option>
                ))}
              </select>
            }
          >
            <Editor
              label="Stanza"
              value={stanza}
              onChange={setStanza}
              onRun={() => {
                void run();
              }}
              field={editor}
              rows={14}
            />
            <p class={isTooLong ? 'try-size bad-text' : 'try-size muted'}>
              {isTooLong ? `${bytes(size)}: at most ${bytes(MAX_BYTES)} are tried` : bytes(size)}
            </p>
            <div class="try-options">
              <fieldset class="choice">
                <legend>Sent to</legend>
                <div class="choice-row">
                  {(
                    [
                      ['to_server', 'the server'],
                      ['to_client', 'the client'],
                    ] as const
                  ).map(([value, title]) => (
                    <label key={value} class={direction === value ? 'chosen' : undefined}>
                      <input
                        type="radio"
                        name="direction"
                        checked={direction === value}
                        onChange={() => {
                          setDirection(value);
                        }}
                      />
                      {title}
                    </label>
                  ))}
                </div>
              </fieldset>
              <label class="field">
                <span>Explain rule (sid)</span>
                <input
                  inputMode="numeric"
                  pattern="[0-9]*"
                  maxLength={10}
                  value={sid}
                  placeholder="none"
                  onInput={(event) => {
                    setSid(event.currentTarget.value.trim());
                  }}
                />
              </label>
              <span class="grow" />
              <Button type="submit" kind="primary" disabled={isBusy || isTooLong}>
                {isBusy ? 'Trying …' : 'Try'}
              </Button>
            </div>
            <p class="muted hide-phone">
              <kbd>Ctrl</kbd> <kbd>↵</kbd> tries as well.
            </p>
          </Panel>
          <Panel title="Rules of your own, beside those in force">
            <Editor
              label="Rules"
              value={rules}
              onChange={setRules}
              onRun={() => {
                void run();
              }}
              rows={4}
              placeholder='alert xmpp any any -> any any (msg:"…"; xmpp.body; content:"…"; sid:1;)'
            />
          </Panel>
        </form>
        <div class="stack" aria-live="polite" aria-busy={isBusy}>
          {outcome.problem !== undefined ? (
            <Panel>
              <ErrorState problem={outcome.problem} />
            </Panel>
          ) : outcome.answer !== undefined ? (
            <TryResult answer={outcome.answer} sid={outcome.sid} />
          ) : isBusy ? (
            <Panel>
              <Skeleton rows={6} />
            </Panel>
          ) : (
            <Panel>
              <EmptyState title="Nothing tried yet">
                Paste a stanza, or take an example, and see which of the rules in force would alert.
              </EmptyState>
            </Panel>
          )}
        </div>
      </div>
    </>
  );
}

/** `1:1510010` is how the console names a rule of generator 1 as well; the API takes the sid. */
function sidOf(text: string): string {
  return /(\d+)$/.exec(text)?.[1] ?? '';
}
