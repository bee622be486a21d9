/**
 * An operator's own data, from the command that learns it to the alert: values as a set of HMACs, documents as
 * fingerprints. Nothing the sensor leaves behind holds a value or a sentence of a document.
 */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { AlertRecord } from '../../sensor/alert/index.ts';
import { readCapture } from '../../sensor/capture/index.ts';
import { loadConfig } from '../../sensor/config/index.ts';
import { createPipeline } from '../../sensor/pipeline.ts';
import { requireRules } from '../../sensor/rule-files.ts';
import { login } from '../support/dialogue.ts';
import {
  START_USEC,
  mergeByTime,
  tcpConversation,
  writePcap,
  type Turn,
} from '../support/packets.ts';
import { runCommand, type CliRun } from '../support/run-cli.ts';

const NUMBERS = 1561000;
const NAMES = 1561001;
const FINGERPRINT = 1561050;

const folder = mkdtempSync(join(tmpdir(), 'company-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const PLAN = `The merger of the two plants will be announced on the ninth of March, after the supervisory board has
voted. Until then nobody outside the steering group may know that the northern site is to be closed and that its
machines will be moved to the coast. The council of employees is to be told on the morning of the same day. Severance
is calculated with a factor of zero point seven for every year of service, which the banks have already been asked to
finance. Suppliers with contracts that end after the summer will be offered a single payment. The press will be given
the short version, without the figures of the northern site, and the question of the old chemicals store is not to be
raised by anybody who is not asked for it directly. Bonuses of the management depend on the date of the closure, and
the letters to the shareholders have been drafted in two versions, one of which mentions the coast.`;
const SENTENCES = PLAN.replaceAll('\n', ' ').split(/(?<=\.) /);

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const LOGIN: readonly Turn[] = login().flatMap(([who, data]): Turn[] =>
  who !== 'wait' && (typeof data === 'string' || data instanceof Uint8Array) ? [[who, data]] : [],
);

/** A message of alice to somebody outside. */
function message(text: string, id: string, to = 'eve@ext.example'): Turn {
  const body = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return ['C', `<message to='${to}' type='chat' id='${id}'><body>${body}</body></message>`];
}

/** A file sent in-band. */
function inBand(content: string, sid: string): Turn[] {
  const iq = (id: string, inner: string): Turn => [
    'C',
    `<iq to='eve@ext.example/home' type='set' id='${sid}${id}'>${inner}</iq>`,
  ];
  const answer = (id: string): Turn => [
    'S',
    `<iq from='eve@ext.example/home' to='alice@corp.example/desk' type='result' id='${sid}${id}'/>`,
  ];
  const ns = "xmlns='http://jabber.org/protocol/ibb'";
  const data = Buffer.from(content).toString('base64');
  return [
    iq('o', `<open ${ns} block-size='65535' sid='${sid}' stanza='iq'/>`),
    answer('o'),
    iq('d', `<data ${ns} seq='0' sid='${sid}'>${data}</data>`),
    answer('d'),
    iq('c', `<close ${ns} sid='${sid}'/>`),
    answer('c'),
  ];
}

let captures = 0;

/** No two captures share a connection or a time: what one sensor sees of both is not the same twice. */
function capture(name: string, ...conversations: readonly (readonly Turn[])[]): string {
  captures++;
  const packets = conversations.map((turns, i) =>
    tcpConversation([...LOGIN, ...turns], {
      clientPort: 40_000 + 10 * captures + i,
      startUsec: START_USEC + captures * 86_400_000_000 + i * 60_000_000,
      stepUsec: 2000,
    }),
  );
  return write(name, writePcap(mergeByTime(...packets)));
}

interface EveEvent {
  readonly event_type: string;
  readonly alert_id?: string;
  readonly alert?: {
    readonly signature_id: number;
    readonly count: number;
    readonly context: Readonly<Record<string, string | number>>;
  };
  readonly xmpp?: { readonly id?: string };
}

let runs = 0;

/** Alerts of company data in a run of `read`, as they stood at the end. */
async function read(path: string, data: string): Promise<{ run: CliRun; alerts: EveEvent[] }> {
  const eve = join(data, `eve-${++runs}.json`);
  const run = await runCommand('read', path, '-l', data, '--eve', eve);
  assert.equal(run.status, 0, run.err);
  const lines = readFileSync(eve, 'utf8').trim().split('\n');
  const byId = new Map<string, EveEvent>();
  for (const line of lines) {
    const event = JSON.parse(line) as EveEvent;
    const sid = event.alert?.signature_id ?? 0;
    if (sid >= 1_561_000 && sid < 1_561_100) byId.set(event.alert_id ?? '', event);
  }
  return { run, alerts: [...byId.values()] };
}

/** Everything below a folder, as bytes of latin1, but for kept packets: those are what went over the wire. */
function everything(path: string): string {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(({ parentPath }) => parentPath !== join(path, 'packets'))
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

async function ok(...argv: readonly string[]): Promise<CliRun> {
  const run = await runCommand(...argv);
  assert.equal(run.status, 0, run.err);
  return run;
}

describe('values of the operator’s own', () => {
  const data = join(folder, 'values');
  const customers = write(
    'customers.csv',
    'name;number;since\nAda;70443916;2019\nBo;KD 4471-02-99310;2020\nCy;815;2021\n"Di; E";70-443-917;2022\n',
  );
  const projects = write('projects.txt', '# ours\nAmber Heron\nJanuary\nпроект Нева\n');
  const values = [
    '70443916',
    '70-443-916',
    '99310',
    'Amber Heron',
    'AMBER-HERON',
    'Нева',
    '70443917',
  ];
  const chat = capture('chat.pcap', [
    message('call 70-443-916 today', 'hit-number'),
    message('is AMBER-HERON late? ask about проект «Нева» too', 'hit-name'),
    message('call 70-443-961 or 7044391 or 170443916 today', 'miss-number'),
    message('an amber light and a heron in January 815', 'miss-name'),
  ]);
  const outputs: string[] = [];

  it('raise nothing before they are known', async () => {
    mkdirSync(data);
    const { alerts } = await read(chat, data);
    assert.deepEqual(alerts, []);
  });

  it('are taken from a column and from a list, and told by their lines alone', async () => {
    const table = await runCommand(
      'intel',
      'import',
      customers,
      '--hashed',
      '--name',
      'x',
      '-l',
      data,
    );
    assert.equal(table.status, 1);
    assert.match(table.err, /have columns \[DATASET_INVALID\]\n {2}fix: say which one/);
    const numbers = await ok(
      ...['intel', 'import', customers, '--hashed', '--name', 'company-numbers'],
      ...['--column', 'number', '-l', data],
    );
    assert.match(numbers.out, /3 added.*3 now/);
    assert.match(numbers.out, /^asked by: .*isset,company-numbers,type hmac;$/m);
    const other = await ok(
      ...['intel', 'import', projects, '--hashed', '--name', 'other', '--dry-run', '-l', data],
    );
    assert.match(other.out, /^no shipped rule asks for it .*: write one with .*isset,other,/m);
    assert.match(numbers.out, /line 4: shorter than 4 characters \(--force takes it\)/);
    const names = await ok(
      ...['intel', 'import', projects, '--hashed', '--name', 'company-names', '-l', data],
    );
    assert.match(names.out, /2 added.*\n.*\n {2}line 3: a common word/);
    outputs.push(table.err, numbers.out, numbers.err, names.out, names.err);
    for (const path of ['hmac.key', 'datasets/company-numbers.txt', 'datasets/company-names.txt']) {
      assert.equal(statSync(join(data, path)).mode & 0o777, 0o600, path);
    }
  });

  it('are found in messages, and near misses are not', async () => {
    const { run, alerts } = await read(chat, data);
    outputs.push(run.out, run.err);
    const found = alerts.map(({ alert, xmpp }) => `${alert?.signature_id} ${xmpp?.id}`);
    assert.deepEqual(found.sort(), [`${NUMBERS} hit-number`, `${NAMES} hit-name`]);
  });

  it('are found in a file', async () => {
    const sent = capture('file.pcap', inBand('id,customer\n1,70443916\n2,70443917\n', 'f1'));
    const { run } = await read(sent, data);
    assert.match(
      readFileSync(join(data, `eve-${runs}.json`), 'utf8'),
      /"found":"dlp-hash-match 2"/,
    );
    outputs.push(run.out, run.err);
  });

  it('stop the start where the key is another, or gone', async () => {
    const foreign = join(folder, 'foreign');
    mkdirSync(foreign);
    const lists = ['--set', `rules.dataset_dir=${join(data, 'datasets')}`];
    const keyless = await runCommand('read', chat, '-l', foreign, ...lists);
    assert.equal(keyless.status, 1);
    assert.match(keyless.err, /sealed with the key of a sensor, and there is none/);
    writeFileSync(join(foreign, 'hmac.key'), `${'5'.repeat(64)}\n`);
    const other = await runCommand('read', chat, '-l', foreign, ...lists);
    assert.equal(other.status, 1);
    assert.match(other.err, /sealed with another key than that of this sensor/);
  });

  it('stand nowhere in clear', () => {
    const left = [...outputs, everything(data)].join('\n');
    for (const value of values) {
      const bytes = Buffer.from(value, 'utf8').toString('latin1');
      assert.ok(!left.includes(bytes) && !left.includes(value), `${value} is shown`);
    }
  });

  it('merge, expire and are replaced', async () => {
    const again = [
      'intel',
      'import',
      '--hashed',
      '--name',
      'company-numbers',
      '-l',
      data,
      '--json',
    ];
    const known = JSON.parse((await ok(...again, customers, '--column', '2')).out) as object;
    // Counted columns have no title: its word is one value more, and is taken for what it is.
    assert.deepEqual(
      { ...known, refused: undefined, path: undefined },
      {
        ...{ name: 'company-numbers', path: undefined, source: 'customers.csv', dryRun: false },
        ...{ size: 3, added: 0, renewed: 0, known: 3, expired: 0, dropped: 0, repeated: 0 },
        ...{ refused: undefined, dense: [], cut: false, sensor: { state: 'none' } },
      },
    );
    const fewer = write('customers-2.csv', '55667788\n');
    const replaced = await ok(
      ...again.slice(0, -1),
      fewer,
      '--source',
      'customers.csv',
      '--replace',
    );
    assert.match(replaced.out, /1 added, 0 renewed, 0 known, 0 expired, 3 dropped, 1 now/);
    const { alerts } = await read(chat, data);
    assert.ok(!alerts.some(({ alert }) => alert?.count === 2));
  });

  it('come into force with new rules', async () => {
    const live = join(folder, 'live');
    const again = capture('again.pcap', [message('is AMBER-HERON late?', 'again')]);
    const config = loadConfig({
      file: undefined,
      overrides: [`data_dir=${live}`, 'sensor_name=test', 'output.sqlite.enabled=false'],
    });
    mkdirSync(live);
    const alerts: AlertRecord[] = [];
    const pipeline = createPipeline({
      config,
      ruleSet: requireRules(config),
      emit: (record) => {
        if (record.kind === 'alert') alerts.push(record.record);
      },
    });
    const sids = (): number[] =>
      alerts
        .splice(0)
        .map(({ alert }) => alert.sid)
        .filter((sid) => sid >= 1_561_000 && sid < 1_561_100);
    await readCapture(chat, pipeline.packets);
    pipeline.settle();
    assert.deepEqual(sids(), []);
    await ok('intel', 'import', projects, '--hashed', '--name', 'company-names', '-l', live);
    await ok('dlp', 'fingerprint', write('plan-live.txt', PLAN), '-l', live);
    pipeline.replaceRules(requireRules(config));
    await readCapture(again, pipeline.packets);
    await readCapture(capture('live.pcap', [message(PLAN, 'whole')]), pipeline.packets);
    pipeline.shutdown();
    assert.deepEqual(sids().sort(), [NAMES, FINGERPRINT]);
  });
});

describe('fingerprints of documents', () => {
  const data = join(folder, 'documents');
  const plan = write('plan.txt', PLAN);
  const outputs: string[] = [];

  it('are made of texts, and of nothing else', async () => {
    const binary = write(
      'noise.bin',
      Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) >>> 3),
    );
    const large = write('large.txt', '');
    truncateSync(large, 1024 ** 3);
    const bad = [
      binary,
      write('empty.txt', ''),
      write('short.txt', 'too short'),
      large,
      folder,
      join(folder, 'gone'),
    ];
    const run = await runCommand('dlp', 'fingerprint', plan, ...bad, '--name', 'board', '-l', data);
    assert.equal(run.status, 1);
    assert.match(run.out, /board +plan\.txt +\d{4}-\d\d-\d\d +\d+ +\d+ +0/);
    for (const reason of [
      /noise\.bin: not taken: no text was found in it/,
      /empty\.txt: not taken: it is empty/,
      /short\.txt: not taken: it has only 2 words/,
      /large\.txt: not taken: it is larger than 67108864 bytes \(limit dlp\.document_bytes\)/,
      /not taken: it is a folder/,
      /gone: not taken: ENOENT/,
    ]) {
      assert.match(run.err, reason);
    }
    assert.equal(statSync(join(data, 'fingerprints.bin')).mode & 0o777, 0o600);
    const list = await ok('dlp', 'list', '-l', data, '--json');
    assert.deepEqual(
      (JSON.parse(list.out) as { set: string; name: string }[]).map(({ set, name }) => [set, name]),
      [['board', 'plan.txt']],
    );
    outputs.push(run.out, run.err, list.out);
  });

  it('find a part in a message, in whatever form it is written', async () => {
    const part = PLAN.slice(170, 480);
    const changed = part.toUpperCase().replaceAll('\n', '   \r\n').replaceAll(',', ' -- ');
    const sent = capture('parts.pcap', [
      message(`look: ${part}`, 'as-it-is'),
      message(changed, 'changed', 'dan@ext.example'),
    ]);
    const { run, alerts } = await read(sent, data);
    outputs.push(run.out, run.err);
    // One document of one sender: one alert, which names both addressees.
    assert.deepEqual(
      alerts.map(({ alert }) => alert?.signature_id),
      [FINGERPRINT],
    );
    const context = alerts[0]?.alert?.context;
    assert.equal(context?.['document'], 'plan.txt');
    assert.match(String(context['summary']), /^alice@corp\.example wrote \d+ % of plan\.txt/);
  });

  it('add up what comes in pieces, to one alert that grows', async () => {
    const turns = SENTENCES.map((sentence, i) => message(sentence, `s${i}`));
    const { alerts } = await read(capture('pieces.pcap', turns), data);
    assert.deepEqual(
      alerts.map(({ alert }) => alert?.signature_id),
      [FINGERPRINT],
    );
    const percent = Number(alerts[0]?.alert?.context['found_percent']);
    assert.ok(percent > 50, `${percent} %`);
    assert.ok((alerts[0]?.alert?.count ?? 0) > 1);
  });

  it('find a part in a file', async () => {
    const text = `Hello,\n\nhere is what I heard:\n${PLAN.slice(400, 900)}\n\nyours`;
    const { alerts } = await read(capture('in-file.pcap', inBand(text, 'f2')), data);
    assert.deepEqual(
      alerts.map(({ alert }) => alert?.signature_id),
      [FINGERPRINT],
    );
    assert.equal(alerts[0]?.alert?.context['document'], 'plan.txt');
  });

  it('find nothing in other texts, and in what is everybody’s', async () => {
    const licence = readFileSync(
      join(process.cwd(), 'signatures', 'common-texts', 'licences.txt'),
      'utf8',
    );
    const own = write(
      'own-licence.txt',
      `${SENTENCES.slice(0, 3).join(' ')}\n${licence.slice(0, 4000)}`,
    );
    const run = await ok('dlp', 'fingerprint', own, '--name', 'code', '-l', data);
    assert.match(run.out, /own-licence\.txt +\S+ +\d+ +\d+ +[1-9]\d+/);
    const others = capture('others.pcap', [
      message(licence.slice(0, 3000), 'licence'),
      message(
        'The plants on the coast are closed in March, and nobody in the group was asked by the board to vote on the machines, which the council of employees will not like at all when it is told.',
        'same-words',
      ),
      message('on the ninth of March, after the board has voted', 'quotation'),
    ]);
    const { alerts } = await read(others, data);
    assert.deepEqual(alerts, []);
  });

  it('do not count what stands in several documents', async () => {
    const footer =
      'This offer is valid for thirty days from the date of its issue and is subject to the general terms of delivery and payment, which the customer accepts by placing an order. Prices do not include taxes, duties, packing or freight, and deliveries remain our property until they have been paid for in full. Place of jurisdiction is the seat of the company.';
    const files = ['one', 'two', 'three'].map((word, i) =>
      write(
        `${word}.txt`,
        `${Array.from({ length: 400 }, (_, k) => `${word}${k * (i + 3)}`).join(' ')} ${footer}`,
      ),
    );
    await ok('dlp', 'fingerprint', ...files, '--name', 'several', '-l', data);
    const { alerts } = await read(capture('footer.pcap', [message(footer, 'footer')]), data);
    assert.deepEqual(alerts, []);
  });

  it('are forgotten one by one, or as a set', async () => {
    const unknown = await runCommand('dlp', 'remove', 'nothing', '-l', data);
    assert.equal(unknown.status, 1);
    assert.match(unknown.err, /No document and no set is called nothing/);
    for (const name of ['several', 'own-licence.txt']) await ok('dlp', 'remove', name, '-l', data);
    assert.match((await ok('dlp', 'list', '-l', data)).out, /^SET.*\n-+.*\nboard +plan\.txt .*\n$/);
    copyLibrary(data, join(folder, 'spare'));
    await ok('dlp', 'remove', 'board', '-l', data);
    assert.match((await ok('dlp', 'list', '-l', data)).out, /no document is fingerprinted/);
    const { alerts } = await read(capture('gone.pcap', [message(PLAN, 'gone')]), data);
    assert.deepEqual(alerts, []);
  });

  it('that are damaged, or another sensor’s, stop the start and say what to do', async () => {
    const damaged = join(folder, 'damaged');
    copyLibrary(join(folder, 'spare'), damaged);
    const path = join(damaged, 'fingerprints.bin');
    const bytes = readFileSync(path);
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const sent = capture('damaged.pcap', [message('hello', 'hello')]);
    const run = await runCommand('read', sent, '-l', damaged);
    assert.equal(run.status, 1);
    assert.match(run.err, /damaged, or was made with the key of another sensor/);
    rmSync(join(damaged, 'hmac.key'));
    const keyless = await runCommand('dlp', 'list', '-l', damaged);
    assert.equal(keyless.status, 1);
    assert.match(keyless.err, /made with a key that is gone/);
  });

  it('hold no sentence of a document', () => {
    const left = [...outputs, everything(data)].join('\n').toLowerCase();
    for (const sentence of SENTENCES) {
      for (let i = 0; i + 25 < sentence.length; i += 25) {
        assert.ok(
          !left.includes(sentence.slice(i, i + 25).toLowerCase()),
          sentence.slice(i, i + 25),
        );
      }
    }
  });
});

/** Key and fingerprints of one data folder in another. */
function copyLibrary(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of ['hmac.key', 'fingerprints.bin']) {
    writeFileSync(join(to, name), readFileSync(join(from, name)), { mode: 0o600 });
  }
}
