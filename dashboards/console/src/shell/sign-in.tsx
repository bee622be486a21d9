/** Signing in: a token is pasted, tried, and kept for this tab. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api/endpoints.ts';
import { asApiError } from '../api/load.ts';
import type { ApiError } from '../api/client.ts';
import { keepToken, signOutReason } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Text } from '../ui/text.tsx';
import { Logo } from './logo.tsx';

const PASTE_HINT =
  'Was it pasted whole? It may also have been revoked, or be one of another sensor.';

export function SignIn(): JSX.Element {
  const [value, setValue] = useState('');
  const [problem, setProblem] = useState<ApiError | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sign in · Stanzawatch';
    field.current?.focus();
  }, []);

  const submit = async (): Promise<void> => {
    const token = value.trim();
    if (token === '') {
      field.current?.focus();
      return;
    }
    // What was said of the token before must not stand beside the new one while it is tried.
    setProblem(undefined);
    signOutReason.value = '';
    setBusy(true);
    try {
      keepToken(token, await api.me({ token }));
    } catch (error) {
      setProblem(asApiError(error));
      setBusy(false);
      field.current?.select();
    }
  };

  const refusal = problem === undefined ? signOutReason.value : problem.message;
  // The server's hint for a bad token is about headers; who pastes one is helped by other words.
  const hint = problem?.status === 401 ? PASTE_HINT : (problem?.hint ?? '');
  return (
    <main class="sign-in">
      <form
        class="sign-in-box"
        onSubmit={(event: Event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Logo size={36} />
        <h1>Stanzawatch</h1>
        <p class="muted">Sign in with a token of this sensor.</p>
        <label class="field">
          <span>Token</span>
          <input
            ref={field}
            class="mono"
            type="password"
            name="token"
            autoComplete="off"
            spellcheck={false}
            value={value}
            aria-invalid={refusal !== ''}
            aria-describedby="sign-in-refusal"
            onInput={(event) => {
              setValue(event.currentTarget.value);
            }}
          />
        </label>
        <div id="sign-in-refusal" role="alert">
          {refusal === '' ? null : (
            <p class="refusal">
              <Text text={refusal} />
              {hint === '' ? null : (
                <>
                  . <Text text={hint} />
                </>
              )}
            </p>
          )}
        </div>
        <Button type="submit" kind="primary" disabled={isBusy}>
          {isBusy ? 'Signing in …' : 'Sign in'}
        </Button>
        <details class="where">
          <summary>Where is my token?</summary>
          <p>
            The first start wrote one for the administrator into <code>admin.token</code> in the
            data folder (<code>data/admin.token</code> unless configured otherwise), readable by the
            sensor's user alone:
          </p>
          <pre class="code">cat data/admin.token</pre>
          <p>Tokens for colleagues, as viewer, analyst or admin, are made on the sensor:</p>
          <pre class="code">stanzawatch token create --name alice --role analyst</pre>
          <p>
            The token stays in this tab until you close it or sign out; it is never part of an
            address.
          </p>
        </details>
      </form>
    </main>
  );
}
