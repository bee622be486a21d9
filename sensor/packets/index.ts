/** Door of packets/. */
export { packetsFolder } from './spool-names.ts';
