/** Contract of doctor/: what a check says. */

/** Areas in the order they are shown. */
export const AREAS = [
  ...(['program', 'config', 'rights', 'interface', 'disk', 'store'] as const),
  ...(['memory', 'clock', 'rules', 'sensor', 'exposure'] as const),
] as const;

export type Area = (typeof AREAS)[number];

/** `unknown`: it could not be judged, and `found` says why; nothing is `ok` that was not looked at. */
export type CheckState = 'ok' | 'warn' | 'fail' | 'unknown';

export interface Check {
  /** Stable: `interface.link`. */
  readonly id: `${Area}.${string}`;
  readonly state: CheckState;
  /** The interface, the file; '' where the area has one subject only. */
  readonly subject: string;
  /** One sentence, with numbers. */
  readonly found: string;
  /** One sentence, or the command; '' when there is nothing to do. */
  readonly advice: string;
}

type Id = Check['id'];

export function ok(id: Id, found: string, advice = ''): Check {
  return { id, state: 'ok', subject: '', found, advice };
}

export function warn(id: Id, found: string, advice: string): Check {
  return { id, state: 'warn', subject: '', found, advice };
}

export function fail(id: Id, found: string, advice: string): Check {
  return { id, state: 'fail', subject: '', found, advice };
}

export function unknown(id: Id, found: string, advice: string): Check {
  return { id, state: 'unknown', subject: '', found, advice };
}

export function areaOf({ id }: Check): Area {
  return id.slice(0, id.indexOf('.')) as Area;
}
