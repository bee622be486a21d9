/** Door of config/: file and flags become one frozen SensorConfig. */
export { directionHint } from './hints.ts';
export { configuredThresholds, limitValues, loadConfig } from './load.ts';
export { configSchema, type SensorConfig } from './schema.ts';
export {
  datasetFolder,
  eveFile,
  fingerprintFile,
  learnedFolder,
  replicaFile,
  storeFile,
  tuningFiles,
} from './paths.ts';
