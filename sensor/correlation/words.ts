/** Words of the sentences alerts tell. */

const SHOWN_CHARS = 128;

/** A name from traffic as a sentence shows it: cut, never empty. The alert room escapes and redacts. */
export function shown(name: string): string {
  if (name === '') return 'somebody unknown';
  return name.length <= SHOWN_CHARS ? name : `${name.slice(0, SHOWN_CHARS - 1)}…`;
}

/** "1 login", "3 logins". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** A wave of messages that belong together. */
interface WaveSize {
  readonly senders: number;
  readonly recipients: number;
  readonly messages: number;
  readonly seconds: number;
}

/** "a@x sent 34 strangers the same link within 20 seconds (34 messages)"; `from`: whose message is the latest. */
export function waveSentence(
  what: string,
  { senders, recipients, messages, seconds }: WaveSize,
  from: string,
): string {
  const whom = counted(recipients, 'stranger');
  const mass = `${what} within ${span(seconds)} (${counted(messages, 'message')}`;
  if (senders === 1) return `${shown(from)} sent ${whom} ${mass})`;
  return `${counted(senders, 'account')} sent ${whom} ${mass}, the latest from ${shown(from)})`;
}

/** A span of time in the unit people would say it in. */
export function span(seconds: number): string {
  if (seconds < 120) return counted(Math.round(seconds), 'second');
  if (seconds < 7200) return counted(Math.round(seconds / 60), 'minute');
  if (seconds < 172800) return counted(Math.round(seconds / 3600), 'hour');
  return counted(Math.round(seconds / 86400), 'day');
}
