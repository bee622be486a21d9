/**
 * From findings to alerts: logins (no text), leaks in chat (evidence, masks, keyed hashes, the duplicate gate) and the
 * masking of text alone. Bytes are those of the text; seconds are those of the processor.
 */
import { createAlerter } from '../../sensor/alert/index.ts';
import { redactText } from '../../sensor/alert/redact.ts';
import { Counters, thresholdValues } from '../../sensor/core/index.ts';
import type { Finding } from '../../sensor/detect/index.ts';
import { LIMITS, T0, flowFacts, makeFinding, makeFlow, makeRule } from '../unit/alert/sample.ts';
import type { BenchRow } from './main.ts';

const FINDINGS = 2000;
const ROUNDS = 15;

const CHAT =
  'coffee they one who of so or merge way had by each at see in first after the call about the budget review, ';
const OTHER_CHAT =
  'привет, как дела сегодня вечером? завтра встреча в десять, не забудь отчёт и кофе. ';

/** Findings of one rule, each on a stanza of its own. */
function findings(rule: Finding['rule'], textOf: (i: number) => string | undefined): Finding[] {
  return Array.from({ length: FINDINGS }, (_, i) => {
    const text = textOf(i);
    const finding = makeFinding({
      rule,
      flow: i % 50,
      serial: i + 1,
      id: `id-${i}`,
      from: `u${i % 500}@corp.example/desk`,
      ...(text === undefined ? {} : { text }),
    });
    const context = { event: 'xmpp.sasl_plain_clear_success', user: `u${i}`, mechanism: 'PLAIN' };
    return text === undefined ? { ...finding, buffer: -1, matches: [], context } : finding;
  });
}

function measure(name: string, all: readonly Finding[]): BenchRow {
  const flows = Array.from({ length: 50 }, (_, i) => makeFlow(i));
  let bytes = 0;
  for (const finding of all) bytes += finding.buffer < 0 ? 0 : finding.evidence.length;
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    let emitted = 0;
    const alerter = createAlerter({
      sensorName: 'bench',
      hmacKey: new Uint8Array(32),
      flowFacts: flowFacts(flows),
      origin: () => ({ fileName: 'b.pcap', interfaceName: '', packetNumber: 1 }),
      counters: new Counters(),
      limits: LIMITS,
      thresholds: thresholdValues(),
      emit: () => emitted++,
    });
    const seconds = processorSeconds(() => {
      for (const finding of all) alerter.onFinding({ ...finding, tsUsec: T0 + emitted });
      alerter.settle();
    });
    const isAttack = all.some(({ incident }) => incident !== undefined);
    if (!isAttack && emitted !== all.length) {
      throw new Error(`${emitted} alerts of ${all.length} findings`);
    }
    best = Math.min(best, seconds);
  }
  const each = ((best / all.length) * 1e6).toFixed(1);
  return { name, mbPerSec: bytes / 1e6 / best, note: `${each} us an alert` };
}

function measureMask(name: string, text: string): BenchRow {
  const times = 300;
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const seconds = processorSeconds(() => {
      for (let i = 0; i < times; i++) redactText(`${i} ${text}`);
    });
    best = Math.min(best, seconds);
  }
  const mbPerSec = (Buffer.byteLength(text) * times) / 1e6 / best;
  return { name, mbPerSec, note: `${((best / times) * 1e6).toFixed(1)} us a text` };
}

function processorSeconds(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

export function bench(): Promise<BenchRow[]> {
  return Promise.resolve([
    measure(
      'alert: logins',
      findings(makeRule('sasl-plain-clear'), () => undefined),
    ),
    measure(
      'alert: firings of one attack',
      findings(makeRule('auth-bruteforce', { isSecret: false }), () => undefined).map(
        (finding, i) => ({
          ...finding,
          incident: { key: '203.0.113.7', contributors: [`u${i}@corp.example`] },
        }),
      ),
    ),
    measure(
      'alert: cards in chat of 100 bytes',
      findings(makeRule('dlp-pan'), (i) => `${CHAT}«4111111111111111» ${i}`),
    ),
    measure(
      'alert: words in chat of 1 KB',
      findings(makeRule('spim-lexicon'), (i) => `${CHAT.repeat(10)}«pills» ${i}`),
    ),
    measureMask('mask: chat of 100 bytes', CHAT),
    measureMask('mask: chat of 100 letters, Cyrillic', OTHER_CHAT),
    measureMask('mask: a name', 'u00478@chat.example.org/Conversations.x7Qz'),
  ]);
}
