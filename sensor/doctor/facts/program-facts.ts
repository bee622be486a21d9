/** Versions and loading of what the program is made of. */
import type { Loaded, ProgramFacts } from '../program.ts';
import { ask, type Reply } from './ask.ts';
import { readText } from './system.ts';

const PATIENCE_SECONDS = 10;

export async function programFacts(): Promise<ProgramFacts> {
  const [libhs, libpcap, sqlite] = await Promise.all([
    ask('libhs', undefined, PATIENCE_SECONDS),
    ask('libpcap', undefined, PATIENCE_SECONDS),
    ask('sqlite', undefined, PATIENCE_SECONDS),
  ]);
  return {
    ...{ node: process.versions.node, arch: process.arch, cpuFlags: cpuFlags() },
    libhs:
      libhs.is === 'answered'
        ? {
            isLoaded: true,
            version: `${libhs.answer.version} (${libhs.answer.platform})`,
            matches: libhs.answer.matches,
          }
        : { isLoaded: false, problem: libhs.problem },
    ...{ libpcap: loaded(libpcap), sqlite: loaded(sqlite) },
  };
}

function loaded(reply: Reply<string>): Loaded {
  if (reply.is === 'answered') return { isLoaded: true, version: reply.answer };
  return { isLoaded: false, problem: reply.problem };
}

/** x86 calls them flags, ARM features. */
function cpuFlags(): ReadonlySet<string> | undefined {
  const text = readText('/proc/cpuinfo');
  const line = text === undefined ? null : /^(?:flags|Features)\s*:(.*)$/m.exec(text);
  return line === null ? undefined : new Set((line[1] ?? '').trim().split(/\s+/));
}
