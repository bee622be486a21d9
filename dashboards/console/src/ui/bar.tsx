/** How full something is. */
import type { JSX } from 'preact';
import { fillState } from '../logic/health-words.ts';
import './styles/bar.css';

interface BarProps {
  readonly label: string;
  /** 0 to 100. */
  readonly percent: number;
  /** The figures behind it: `12 MB of 64 MB`. */
  readonly text: string;
  /** Being full is no trouble here. */
  readonly isNormal?: boolean;
}

export function Bar({ label, percent, text, isNormal = false }: BarProps): JSX.Element {
  const state = isNormal ? 'ok' : fillState(percent);
  return (
    <div class={`bar ${state}`}>
      <span class="bar-label">{label}</span>
      <span class="bar-text num">{text}</span>
      <svg
        class="bar-track"
        viewBox="0 0 100 6"
        preserveAspectRatio="none"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(percent)}
        aria-valuetext={text}
      >
        <rect class="bar-all" width="100" height="6" />
        <rect class="bar-used" width={percent > 0 ? Math.max(0.7, percent) : 0} height="6" />
      </svg>
    </div>
  );
}
