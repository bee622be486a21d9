/** Labels of an axis of time: no more than the step makes needed, and never the same for two moments. */

const DAY = 86_400;

/** `moments`: ISO 8601, ascending; `step`: seconds between them. */
export function tickLabels(moments: readonly string[], step: number): string[] {
  if (step >= 360 * DAY) return moments.map((moment) => moment.slice(0, 4));
  if (step >= 28 * DAY) return moments.map((moment) => moment.slice(0, 7));
  if (step >= DAY) return days(moments);
  // Hours of the day, with the date where a day begins.
  return moments.map((moment, index) => {
    const before = moments[index - 1];
    const isNewDay = before !== undefined && before.slice(0, 10) !== moment.slice(0, 10);
    return isNewDay ? moment.slice(5, 10) : moment.slice(11, step < 60 ? 19 : 16);
  });
}

/** Days of one year need it not; else it stands where a year begins. */
function days(moments: readonly string[]): string[] {
  const isOneYear = moments.every((moment) => moment.slice(0, 4) === moments[0]?.slice(0, 4));
  return moments.map((moment, index) => {
    const isNewYear = moments[index - 1]?.slice(0, 4) !== moment.slice(0, 4);
    return !isOneYear && isNewYear ? moment.slice(0, 10) : moment.slice(5, 10);
  });
}
