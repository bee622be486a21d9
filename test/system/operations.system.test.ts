/** What operators do to a running sensor, and what machines do: two workers, a killed one, HUP, another user, a full disk. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CAPABILITY, rightsOfTasks } from '../../sensor/privileges.ts';
import { LiveSensor, type LiveOptions } from '../support/live-sensor.ts';
import { Namespace, connectNamespaces, sh } from '../support/netns.ts';
import { mergeByTime, tcpConversation, writePcap } from '../support/packets.ts';

const MAIN = fileURLToPath(new URL('../../sensor/main.js', import.meta.url));
const DEVICE = 'e0';
const SESSIONS = 20;
/** What these tests are about is not shedding: a machine with other work stops a sensor for longer than a dispatch may take. */
const SHEDS_NOTHING = ['--set', 'capture.dispatch_ms=1000'];
/** Until alerts are stored there. */
const BUSY_MS = 90_000;

/** A plaintext log-in and a message with a card number. */
function session(client: number): Parameters<typeof tcpConversation>[0] {
  const stream = (to: string, from: string): string =>
    `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' ${to}='corp.example' version='1.0'${from}>`;
  const plain = Buffer.from(`\0u${client}\0operator-secret-${client}`).toString('base64');
  return [
    ['C', stream('to', '')],
    [
      'S',
      `${stream('from', ` id='s${client}'`)}<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>`,
    ],
    ['C', `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`],
    ['S', `<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>`],
    ['C', stream('to', '')],
    ['S', `${stream('from', ` id='t${client}'`)}<stream:features/>`],
    [
      'C',
      `<message to='bob@corp.example' id='m${client}'><body>card 4111 1111 1111 1111 exp 10/28</body></message></stream:stream>`,
    ],
    ['S', '</stream:stream>'],
  ];
}

const NOBODY = Number(sh('id', '-u', 'nobody'));
/** As systemd starts it: an ordinary user who may capture. */
const AS_SERVICE = [
  ...['setpriv', `--reuid=${NOBODY}`, '--clear-groups', '--inh-caps=-all,+net_raw'],
  ...['--ambient-caps=-all,+net_raw', '--bounding-set=-all,+net_raw', '--no-new-privs'],
];
const AS_SUPERVISOR = [
  'setpriv',
  '--reuid=nobody',
  `--regid=${sh('id', '-g', 'nobody').trim()}`,
  '--init-groups',
];
const NET_RAW = 1n << CAPABILITY.netRaw;

/** Nobody is root, or can become it, in any task of any process; and who does not capture may do nothing at all. */
function onlyCaptures(running: LiveSensor): void {
  const { pid, starter } = running;
  const workers = running.workers();
  assert.ok(workers.length > 0);
  for (const process of [pid, starter, ...workers]) {
    const allowed = process === pid ? 0n : NET_RAW;
    const tasks = rightsOfTasks(process);
    assert.ok(tasks.length > 1);
    for (const { uids, bounding, noNewPrivileges, ...rights } of tasks) {
      assert.deepEqual(uids, [NOBODY, NOBODY, NOBODY, NOBODY]);
      assert.ok(noNewPrivileges);
      for (const [set, capabilities] of Object.entries(rights)) {
        assert.equal(capabilities, allowed, `${set} of ${readCommand(process)}`);
      }
      assert.equal(bounding & ~NET_RAW, 0n, `bounding set of ${readCommand(process)}`);
    }
  }
}

function readCommand(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
}

describe('operating a live sensor', () => {
  let folder: string;
  let sender: Namespace;
  let receiver: Namespace;
  let sensor: LiveSensor | undefined;
  let rounds = 0;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'stanzawatch-operations-'));
    sh('chmod', '755', folder);
    sender = new Namespace('sender');
    receiver = new Namespace('sensor');
    connect();
  });

  afterEach(() => {
    sensor?.kill();
  });

  after(() => {
    sender.remove();
    receiver.remove();
    rmSync(folder, { recursive: true });
  });

  const connect = (): void => {
    connectNamespaces(
      { namespace: sender, device: DEVICE },
      { namespace: receiver, device: DEVICE },
    );
  };

  const start = async (options: Partial<LiveOptions> & { folder: string }): Promise<LiveSensor> => {
    const { args = [] } = options;
    sensor = await LiveSensor.start({
      namespace: receiver,
      device: DEVICE,
      ...options,
      args: [...SHEDS_NOTHING, ...args],
    });
    return sensor;
  };

  /** Sends sessions that were never seen before; resolves when all of them are stored. */
  const sendSessions = async (running: LiveSensor): Promise<void> => {
    const first = 10_000 + 100 * rounds++;
    const path = join(folder, 'sessions.pcap');
    const conversations = Array.from({ length: SESSIONS }, (_, i) =>
      tcpConversation(session(first + i), {
        client: `192.0.2.${10 + i}`,
        clientPort: first + i,
        serverPort: 5222,
      }),
    );
    writeFileSync(path, writePcap(mergeByTime(...conversations)));
    const before = cards(running);
    sender.run('tcpreplay', '-q', '-i', DEVICE, '--pps=2000', path);
    await running.until(
      () => cards(running) === before + SESSIONS,
      BUSY_MS,
      `${SESSIONS} alerts more`,
    );
  };

  const cards = (running: LiveSensor): number =>
    running.storedDetections().filter((slug) => slug === 'dlp-pan').length;

  it('shares clients between two workers, and starts a killed one again', async () => {
    const running = await start({ folder: join(folder, 'two'), args: ['--workers', '2'] });
    await sendSessions(running);
    const [victim, other] = running.workers();
    assert.ok(victim !== undefined && other !== undefined, 'there are not two workers');
    process.kill(victim, 'SIGKILL');
    await running.says('starting it again');
    await running.until(
      () => running.workers().length === 2 && running.metric('worker_up') === 2,
      BUSY_MS,
      'the second worker is back',
    );
    assert.equal(running.metric('worker_restarts_total'), 1);
    await sendSessions(running);
    assert.ok(running.storedDetections().includes('pol-sensor-blind'), 'nobody was told');
    assert.equal(await running.stop(), 0);
  });

  it('opens its files anew on HUP, as a log rotation needs it', async () => {
    const running = await start({ folder: join(folder, 'hup') });
    await sendSessions(running);
    await running.until(
      () => running.eveDetections().includes('dlp-pan'),
      BUSY_MS,
      'the alert in EVE',
    );
    const rotated = `${running.eve}.1`;
    renameSync(running.eve, rotated);
    running.signal('SIGHUP');
    await running.until(() => existsSync(running.eve), BUSY_MS, 'a new file');
    const lines = readFileSync(rotated, 'utf8').split('\n').length;
    await sendSessions(running);
    await running.until(
      () => running.eveDetections().includes('dlp-pan'),
      BUSY_MS,
      'alerts in the new file',
    );
    assert.equal(readFileSync(rotated, 'utf8').split('\n').length, lines);
    assert.equal(await running.stop(), 0);
  });

  it('works as an ordinary user, and owns what it writes', async () => {
    const data = join(folder, 'user');
    const running = await start({ folder: data, args: ['--user', 'nobody'] });
    await sendSessions(running);
    onlyCaptures(running);
    // The same user, and yet who may not capture cannot reach into who may.
    const look = (pid: number): string =>
      sh('env', ...AS_SUPERVISOR, 'cat', `/proc/${pid}/environ`);
    assert.notEqual(look(running.pid), '');
    for (const pid of [running.starter, ...running.workers()]) {
      assert.throws(() => look(pid), /Permission denied/);
    }
    for (const file of [data, running.store, running.eve, join(data, 'hmac.key')]) {
      assert.equal(statSync(file).uid, NOBODY, file);
    }
    // A worker can be started again although the sensor itself may not capture.
    const [victim = 0] = running.workers();
    process.kill(victim, 'SIGKILL');
    await running.says('starting it again');
    await running.until(() => running.metric('worker_up') === 1, BUSY_MS, 'the worker is back');
    await sendSessions(running);
    // So can a capture be opened again, and files and rules.
    receiver.ip('link', 'del', DEVICE);
    await running.says(`${DEVICE} is gone`, BUSY_MS);
    connect();
    await running.says(`${DEVICE} is back`, BUSY_MS);
    await sendSessions(running);
    renameSync(running.eve, `${running.eve}.1`);
    running.signal('SIGHUP');
    await running.until(() => existsSync(running.eve), BUSY_MS, 'a new file');
    running.signal('SIGUSR2');
    await running.until(() => running.metric('rules_generation') === 2, BUSY_MS, 'new rules');
    await sendSessions(running);
    onlyCaptures(running);
    assert.equal(await running.stop(), 0);
  });

  it('keeps the right to capture from what does not capture, when it was started with it', async () => {
    const data = join(folder, 'capable');
    mkdirSync(data);
    sh('chown', 'nobody', data);
    const running = await start({ folder: data, prefix: AS_SERVICE });
    onlyCaptures(running);
    await sendSessions(running);
    // Without the process that starts workers it would be blind one day: better it ends, to be started anew.
    process.kill(running.starter, 'SIGKILL');
    await running.says('the process that starts capture workers died', BUSY_MS);
    assert.equal(await running.ended, 1);
  });

  it('says why it cannot become another user, and does not start', () => {
    const folders = { path: process.env['PATH'] ?? '', data: join(folder, 'no') };
    const refusal = (
      prefix: readonly string[],
      user: string,
      { path = folders.path, data = folders.data, more = [] as string[] } = {},
    ): string => {
      const run = ['run', '-i', DEVICE, '-l', data, '--user', user, ...more];
      const { status, stderr } = spawnSync(
        'env',
        [`PATH=${path}`, ...receiver.enter, ...prefix, process.execPath, MAIN, ...run],
        { encoding: 'utf8' },
      );
      assert.notEqual(status, 0, stderr);
      assert.doesNotMatch(stderr, /^\s+at /m);
      return stderr;
    };
    assert.match(refusal([], 'no-such-user'), /no-such-user.*USER_UNKNOWN.*\n.*adduser/s);
    assert.match(refusal([], 'root'), /who is root.*USER_UNKNOWN.*\n.*ordinary user/s);
    const without = (capability: string): string[] => ['setpriv', `--bounding-set=-${capability}`];
    for (const capability of ['net_raw', 'setuid', 'setgid']) {
      const text = refusal(without(capability), 'nobody');
      assert.match(text, /setpriv: .*RIGHTS_REFUSED.*\n.*CAP_NET_RAW.*CAP_SETUID/s, capability);
    }
    const closed = join(folder, 'closed.yaml');
    writeFileSync(closed, 'sensor_name: s1\n', { mode: 0o600 });
    const unread = refusal([], 'nobody', { more: ['-c', closed] });
    assert.match(unread, /nobody, who may not read .*closed\.yaml.*RIGHTS_REFUSED/);
    const owned = join(folder, 'owned');
    mkdirSync(owned, { mode: 0o700 });
    const unwritten = refusal([], 'nobody', { data: owned });
    assert.match(unwritten, /may not write .*owned.*STORE_UNWRITABLE.*\n.*chown -R/);
    const tools = join(folder, 'tools');
    mkdirSync(tools);
    for (const tool of ['ip', 'id', 'env']) {
      symlinkSync(sh('sh', '-c', `command -v ${tool}`).trim(), join(tools, tool));
    }
    assert.match(refusal([], 'nobody', { path: tools }), /setpriv is not installed.*util-linux/s);
    // As with file capabilities on Node: the kernel starts it with the right to capture, and not without.
    const claims = 'setpriv: failed to execute node: Operation not permitted';
    const script = `#!/bin/sh\ncase "$*" in *net_raw*) exit 0 ;; esac\necho '${claims}' >&2\nexit 126\n`;
    writeFileSync(join(tools, 'setpriv'), script, { mode: 0o755 });
    const claimed = refusal([], 'nobody', { path: tools });
    assert.match(claimed, /rights that its file claims: setpriv.*RIGHTS_REFUSED.*\n.*setcap -r/s);
    assert.equal(existsSync(join(folder, 'no', 'run.json')), false);
  });

  it('outlives a full disk: captures on, says so, and writes again when there is room', async () => {
    const data = join(folder, 'full');
    mkdirSync(data);
    sh('mount', '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', data);
    try {
      const running = await start({ folder: data });
      await sendSessions(running);
      const filler = join(data, 'filler');
      try {
        sh('dd', 'if=/dev/zero', `of=${filler}`, 'bs=64k');
      } catch {
        // It ends when the disk is full; that is what it is for.
      }
      const seen = running.metric('sessions_active') + running.metric('stanzas_total');
      const written = cards(running);
      const path = join(folder, 'more.pcap');
      let sent = running.metric('capture_packets_total');
      // Some at a time: a machine with other work reads slowly, and a sensor that falls behind sheds.
      for (let first = 50_000; first < 50_400; first += 50) {
        const some = Array.from({ length: 50 }, (_, i) =>
          tcpConversation(session(first + i), {
            client: `192.0.2.${10 + i}`,
            clientPort: first + i,
            serverPort: 5222,
          }),
        );
        const packets = mergeByTime(...some);
        writeFileSync(path, writePcap(packets));
        sender.run('tcpreplay', '-q', '-i', DEVICE, '--pps=1000', path);
        sent += packets.length;
        await running.until(
          () => running.metric('capture_packets_total') >= sent,
          BUSY_MS,
          'all is read',
        );
      }
      await running.until(
        () => running.metric('store_write_errors_total') > 0,
        BUSY_MS,
        'the failure is counted',
      );
      await running.until(
        () => /"status":"(?!ready")/.test(running.page('/readyz')),
        BUSY_MS,
        'it is not ready',
      );
      await running.until(() => running.metric('stanzas_total') > seen, BUSY_MS, 'it captures on');
      rmSync(filler);
      await running.until(() => cards(running) >= written + 400, BUSY_MS, 'nothing was lost');
      assert.equal(running.metric('capture_dropped_total'), 0);
      // EVE tries again once a second.
      await running.until(
        () => running.page('/readyz').includes('"status":"ready"'),
        BUSY_MS,
        'it is ready again',
      );
      assert.equal(await running.stop(), 0);
    } finally {
      sensor?.kill();
      sh('umount', '-l', data);
    }
  });
});
