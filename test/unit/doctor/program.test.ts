import { describe, it } from 'node:test';
import { judgeProgram, type ProgramFacts } from '../../../sensor/doctor/program.ts';
import { judgeRights, type RightsFacts } from '../../../sensor/doctor/rights.ts';
import { allOk, says } from '../../support/doctor-checks.ts';

const GOOD: ProgramFacts = {
  node: '20.10.0',
  arch: 'x64',
  cpuFlags: new Set(['sse2', 'ssse3']),
  libhs: { isLoaded: true, version: '5.4.0', matches: true },
  libpcap: { isLoaded: true, version: '1.10.3' },
  sqlite: { isLoaded: true, version: '3.50' },
};

describe('judgeProgram()', () => {
  const judge = (facts: Partial<ProgramFacts>): ReturnType<typeof judgeProgram> =>
    judgeProgram({ ...GOOD, ...facts });

  it('is content with what suffices', () => {
    allOk(judge({}));
    allOk(judge({ node: '22.0.0' }));
    allOk(judge({ arch: 'arm64', cpuFlags: new Set(['asimd']) }));
  });

  it('refuses an old Node', () => {
    says(judge({ node: '20.9.9' }), 'program.node', 'fail', /20\.9\.9 is too old: 20\.10/);
    says(judge({ node: '18.20.0' }), 'program.node', 'fail', /too old/);
  });

  it('tells libhs that does not load from libhs that does not match', () => {
    const missing = judge({ libhs: { isLoaded: false, problem: 'libhs.so.5: cannot open' } });
    says(missing, 'program.libhs', 'fail', /does not load: libhs\.so\.5/, /npm run setup/);
    const wrong = judge({ libhs: { isLoaded: true, version: '5.4.0', matches: false } });
    says(wrong, 'program.libhs', 'fail', /does not match what it must/, /reinstall/);
  });

  it('wants the vector unit of the processor, and does not guess', () => {
    says(judge({ cpuFlags: new Set(['sse2']) }), 'program.cpu', 'fail', /lacks ssse3/);
    says(judge({ cpuFlags: undefined }), 'program.cpu', 'unknown', /cannot be read/);
    says(judge({ cpuFlags: new Set() }), 'program.cpu', 'unknown', /cannot be read/);
    says(judge({ arch: 'riscv64' }), 'program.cpu', 'unknown', /riscv64/);
  });

  it('names the library that is missing', () => {
    const problem = { isLoaded: false, problem: 'no such file' } as const;
    says(judge({ libpcap: problem }), 'program.libpcap', 'fail', /libpcap does not load/);
    says(judge({ sqlite: problem }), 'program.sqlite', 'fail', /SQLite does not load/);
  });
});

const NET_RAW = 1n << 13n;
const NET_ADMIN = 1n << 12n;

const ROOT: RightsFacts = {
  uid: 0,
  capabilities: NET_RAW | NET_ADMIN,
  nodePath: '/usr/bin/node',
  dropsTo: '',
  dropsToKnown: undefined,
  hasSetpriv: true,
};

describe('judgeRights()', () => {
  const judge = (facts: Partial<RightsFacts>): ReturnType<typeof judgeRights> =>
    judgeRights({ ...ROOT, ...facts });

  it('is content with CAP_NET_RAW', () => {
    allOk(judge({}));
    allOk(judge({ uid: 998, capabilities: NET_RAW }));
    says(
      judge({ uid: 998, capabilities: NET_RAW | NET_ADMIN }),
      'rights.capture',
      'ok',
      /not needed/,
    );
  });

  it('says how to get it', () => {
    const how =
      /--user NAME.*AmbientCapabilities=CAP_NET_RAW.*setcap cap_net_raw\+ep \/usr\/bin\/node/;
    says(judge({ uid: 998, capabilities: 0n }), 'rights.capture', 'fail', /user 998/, how);
    says(judge({ uid: 998, capabilities: NET_ADMIN }), 'rights.capture', 'fail', /no CAP_NET_RAW/);
    says(judge({ capabilities: 0n }), 'rights.capture', 'fail', /\(root\) has no CAP_NET_RAW/);
  });

  it('does not take for granted what cannot be read', () => {
    says(judge({ capabilities: undefined }), 'rights.capture', 'unknown', /cannot be read/);
    says(judge({ uid: undefined }), 'rights.capture', 'unknown', /cannot be read/);
  });

  it('looks for the user to drop to', () => {
    const dropsTo = 'ids';
    says(judge({ dropsTo, dropsToKnown: true }), 'rights.user', 'ok', /dropped to user ids/);
    says(judge({ dropsTo, dropsToKnown: false }), 'rights.user', 'fail', /no user ids/, /adduser/);
    says(judge({ dropsTo }), 'rights.user', 'unknown', /cannot be told/);
    const other = judge({ uid: 998, dropsTo, dropsToKnown: true });
    says(other, 'rights.user', 'warn', /only root can drop/);
    const bare = judge({ dropsTo, dropsToKnown: true, hasSetpriv: false });
    says(bare, 'rights.user', 'fail', /setpriv is not installed/, /util-linux/);
  });
});
