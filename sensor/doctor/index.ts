/** Door of doctor/: what is wrong with this machine for a sensor, and what to do about it. */
export { examine } from './examine.ts';
export { areaOf, type Area, type Check, type CheckState } from './types.ts';
