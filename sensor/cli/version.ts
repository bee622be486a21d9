/** Version of the sensor: package.json is the only place that says it. */
import { readFileSync } from 'node:fs';

interface PackageJson {
  readonly version: string;
}

// build/sensor/cli/version.js -> package.json
const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');

export const VERSION = (JSON.parse(text) as PackageJson).version;
