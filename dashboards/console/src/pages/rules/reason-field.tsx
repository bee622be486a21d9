/** Why a rule is tuned, or no longer; and what the sensor said when it refused. */
import type { JSX } from 'preact';
import type { ApiError } from '../../api/client.ts';
import { Text } from '../../ui/text.tsx';

interface ReasonFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly problem: ApiError | undefined;
}

export function ReasonField({ label, value, onInput, problem }: ReasonFieldProps): JSX.Element {
  return (
    <>
      <label class="field">
        <span>{label}</span>
        <textarea
          rows={3}
          maxLength={500}
          value={value}
          onInput={(event) => {
            onInput(event.currentTarget.value);
          }}
        />
      </label>
      {problem === undefined ? null : (
        <p class="refusal" role="alert">
          <Text text={problem.message} /> <Text text={problem.hint} />
        </p>
      )}
    </>
  );
}
