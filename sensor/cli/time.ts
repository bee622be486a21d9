/** Points in time as operators read them. */

/** `2026-01-31 12:00:00` in UTC. */
export function formatTime(tsUsec: number): string {
  return new Date(Math.floor(tsUsec / 1000)).toISOString().slice(0, 19).replace('T', ' ');
}
