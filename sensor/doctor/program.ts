/** Does the program have what it is made of: Node, libhs and the processor it wants, libpcap, SQLite? */
import { fail, ok, unknown, type Check } from './types.ts';

/** What came of loading a native part: what it says of itself, or why it did not load. */
export type Loaded =
  | { readonly isLoaded: true; readonly version: string }
  | { readonly isLoaded: false; readonly problem: string };

export interface ProgramFacts {
  /** `20.11.1`. */
  readonly node: string;
  readonly arch: string;
  /** Of /proc/cpuinfo; undefined where it cannot be read. */
  readonly cpuFlags: ReadonlySet<string> | undefined;
  /** libhs; `matches`: a tiny pattern found what it must find, and nothing else. */
  readonly libhs: Loaded & { readonly matches?: boolean };
  readonly libpcap: Loaded;
  readonly sqlite: Loaded;
}

const NODE_LEAST = [20, 10] as const;
const SET_UP = 'Run: npm run setup (it installs and compiles what is missing)';

export function judgeProgram(facts: ProgramFacts): Check[] {
  return [
    node(facts),
    libhs(facts),
    cpu(facts),
    library('program.libpcap', 'libpcap', facts.libpcap),
    library('program.sqlite', 'SQLite', facts.sqlite),
  ];
}

function node({ node: version }: ProgramFacts): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = NODE_LEAST;
  const isEnough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  if (isEnough) return ok('program.node', `Node ${version}`);
  const least = NODE_LEAST.join('.');
  return fail(
    'program.node',
    `Node ${version} is too old: ${least} is the least`,
    `Install Node ${least} or newer, then run: npm run setup`,
  );
}

function libhs({ libhs: facts }: ProgramFacts): Check {
  if (!facts.isLoaded) {
    return fail(
      'program.libhs',
      `libhs, which runs the rules, does not load: ${facts.problem}`,
      SET_UP,
    );
  }
  if (facts.matches === true) {
    return ok('program.libhs', `libhs ${facts.version} loads, and a pattern matches what it must`);
  }
  return fail(
    'program.libhs',
    `libhs ${facts.version} loads, but a pattern does not match what it must`,
    'Reinstall it (Debian: apt-get install --reinstall libhyperscan5), then run: npm run build:native',
  );
}

/** Hyperscan wants SSSE3; Vectorscan, which distributions ship elsewhere, the vector unit of the processor. */
function cpu({ arch, cpuFlags }: ProgramFacts): Check {
  if (cpuFlags === undefined || cpuFlags.size === 0) {
    return unknown(
      'program.cpu',
      'The features of the processor cannot be read (/proc/cpuinfo)',
      'Look for ssse3 in: lscpu',
    );
  }
  const feature = { x64: 'ssse3', arm64: 'asimd' }[arch];
  if (feature === undefined) {
    return unknown(
      'program.cpu',
      `What libhs needs of a processor of kind ${arch} is not known here`,
      'It is enough when program.libhs is ok',
    );
  }
  if (cpuFlags.has(feature)) {
    const more = ['avx2', 'avx512f'].filter((name) => cpuFlags.has(name));
    return ok('program.cpu', `The processor has ${[feature, ...more].join(', ')}`);
  }
  return fail(
    'program.cpu',
    `The processor lacks ${feature}, which libhs needs`,
    'In a virtual machine pass the processor of the host through (CPU type "host")',
  );
}

function library(id: Check['id'], name: string, facts: Loaded): Check {
  if (facts.isLoaded) return ok(id, `${name} ${facts.version}`);
  return fail(id, `${name} does not load: ${facts.problem}`, SET_UP);
}
