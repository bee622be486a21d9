/**
 * Shape, defaults and documentation of the configuration file. Keys are snake_case in YAML and stay
 * so in code: what an operator writes is what a maintainer reads.
 */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { z } from 'zod';
import { EVE_TYPES, LIMITS, THRESHOLDS, type ThresholdInfo } from '../core/index.ts';

const listen = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'must be HOST:PORT, for example 127.0.0.1:8470')
  .refine(
    (value) => Number(value.slice(value.lastIndexOf(':') + 1)) <= 65535,
    'port is above 65535',
  );

/** A list that may be written as one value. */
const stringList = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z.array(z.string().min(1)),
);

/** The same for values that may be numbers in YAML, as ports are. */
const wordList = z.preprocess(
  (value) => [value].flat().map((item: unknown) => (typeof item === 'number' ? `${item}` : item)),
  z.array(z.string().min(1)),
);

/** Addresses and blocks, as 10.0.0.0/8 or fc00::/7. */
const blockList = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z.array(z.string().refine(isBlock, 'must be an address or a block like 10.0.0.0/8')),
);

/** RFC 1918, RFC 4193, loopback and link-local. */
const PRIVATE_NETWORKS = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

function isBlock(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  return isIP(address) !== 0 && isPrefix && rest.length === 0;
}

const limitShape = Object.fromEntries(
  Object.values(LIMITS).map((info) => [info.name, z.number().positive().default(info.default)]),
);

const thresholdShape = Object.fromEntries(
  Object.values<ThresholdInfo>(THRESHOLDS).map((info) => [
    info.name,
    z.number().positive().default(info.default),
  ]),
);

export const configSchema = z.strictObject({
  sensor_name: z.string().min(1).max(128).default(hostname()).describe('Name in every record'),
  data_dir: z
    .string()
    .min(1)
    .default('data')
    .describe('Folder of the store, EVE file, key and caches'),
  capture: z
    .strictObject({
      interfaces: stringList.default([]).describe('Interfaces of `run`; -i adds to them'),
      filter: z.string().default('').describe('BPF expression'),
      snaplen: z.number().int().min(96).max(262144).default(LIMITS.captureSnaplen.default),
      ring_bytes: z
        .number()
        .int()
        .min(65536)
        .max(1 << 30)
        .default(LIMITS.captureRingBytes.default),
      promiscuous: z.boolean().default(true),
      dispatch_ms: z
        .number()
        .min(1)
        .max(1000)
        .default(LIMITS.captureDispatchMs.default)
        .describe('Milliseconds one dispatch may take before load is shed'),
      deduplicate: z.boolean().default(true).describe('Drop the second copy a SPAN port makes'),
      user: z.string().default('').describe('Drop root to this user once the capture is open'),
      workers: z
        .union([z.literal('auto'), z.number().int().min(1).max(64)])
        .default(1)
        .describe(
          'Capture worker processes per sensor; traffic is shared by address pair, and each counts for itself',
        ),
    })
    .prefault({}),
  checksums: z
    .enum(['auto', 'all', 'none'])
    .default('auto')
    .describe('TCP checksum validation (-k)'),
  reassembly: z
    .strictObject({
      overlap_policy: z
        .enum(['first', 'last'])
        .default('first')
        .describe('Which copy of overlapping bytes the monitored hosts keep'),
    })
    .prefault({}),
  rules: z
    .strictObject({
      files: stringList
        .default([])
        .describe('Rule files or folders; empty: the shipped signatures'),
      extra_files: stringList.default([]).describe('Rule files beside those (-s adds to them)'),
      enable_files: stringList
        .default([])
        .describe('Lines that enable rules; empty: enable.conf beside the rules'),
      disable_files: stringList
        .default([])
        .describe('Lines that disable rules; empty: disable.conf beside the rules'),
      modify_files: stringList
        .default([])
        .describe('Lines that change rules; empty: modify.conf beside the rules'),
      dataset_dir: z
        .string()
        .default('')
        .describe('Folder of your own lists, NAME.txt each; empty: datasets in data_dir'),
      allow_bad: z.boolean().default(false).describe('Start although rules were refused'),
      vars: z
        .record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), wordList)
        .default({})
        .describe('Variables of rule headers, for example HOME_NET or XMPP_PORTS'),
      threshold_file: stringList
        .optional()
        .describe('Files in place of the threshold.config beside the rules'),
    })
    .prefault({}),
  detection: z
    .strictObject({
      redirect_allow: stringList.default([]).describe('Hosts a server may redirect clients to'),
      bot_allow: stringList
        .default([])
        .describe('JIDs and domains whose messages may repeat: bots, newsletters'),
      lexicon_score: z
        .number()
        .positive()
        .default(100)
        .describe('Score at which spim.lexicon fires'),
      internal_networks: blockList
        .default(PRIVATE_NETWORKS)
        .describe('Networks of the site; what lies outside is external'),
      no_chat_networks: blockList
        .default([])
        .describe('Networks of hosts that never chat (servers, printers, plant)'),
      stateful: z
        .boolean()
        .default(true)
        .describe('Detectors that remember who did what; off saves their time and memory'),
      thresholds: z
        .strictObject(thresholdShape)
        .prefault({})
        .describe('Thresholds of the stateful detectors by name; defaults in core/thresholds/'),
    })
    .prefault({}),
  files: z
    .strictObject({
      inspect: z
        .boolean()
        .default(true)
        .describe('Put files together that are sent over XMPP, and look into them'),
      store: z
        .boolean()
        .default(false)
        .describe('Keep files that were seen whole in the folder files of data_dir'),
      store_bytes: z
        .number()
        .positive()
        .default(1024 ** 3)
        .describe('Room for kept files; a further file is not kept'),
    })
    .prefault({}),
  packets: z
    .strictObject({
      keep: z
        .boolean()
        .default(true)
        .describe(
          'Keep the packets of flows that raised alerts, as pcapng in the folder packets of data_dir. They are what went over the wire, passwords and all',
        ),
      max_bytes: z
        .number()
        .positive()
        .default(1024 ** 3)
        .describe('Room for kept packets; the oldest file goes first'),
      max_days: z.number().positive().default(7).describe('Kept packets are deleted after so long'),
    })
    .prefault({}),
  dlp: z
    .strictObject({
      internal_domains: stringList
        .default([])
        .describe(
          'XMPP domains of the organisation, with those below them. Empty: leaks weigh the same in every direction',
        ),
      labels: stringList
        .default([])
        .describe('Marks of security labels (XEP-0258), lowest first, as they are displayed'),
      label_ceilings: z
        .record(z.string().min(1), z.string().min(1))
        .default({})
        .describe('Highest mark by domain of the addressee, with those below it; * for all others'),
      label_required: stringList
        .default([])
        .describe('Domains whose accounts must label what they write'),
    })
    .refine(
      ({ labels, label_ceilings: ceilings }) =>
        Object.values(ceilings).every((mark) => labels.includes(mark)),
      {
        path: ['label_ceilings'],
        message: 'names a mark that is not in dlp.labels',
      },
    )
    .prefault({}),
  output: z
    .strictObject({
      sqlite: z
        .strictObject({
          enabled: z.boolean().default(true),
          file: z.string().default('').describe('Empty: stanzawatch.db in data_dir'),
          retention_days: z.number().positive().default(30),
          max_bytes: z
            .number()
            .positive()
            .default(10 * 1024 ** 3)
            .describe('Oldest rows go above this size'),
          replica_seconds: z
            .number()
            .min(0)
            .default(0)
            .describe(
              'Copy the store so often into the folder replica of data_dir, for readers that may not write beside it (Grafana); 0: never',
            ),
        })
        .prefault({}),
      eve: z
        .strictObject({
          enabled: z.boolean().default(true),
          file: z
            .string()
            .default('')
            .describe('Empty: eve.json in data_dir; - is standard output'),
          types: z.array(z.enum(EVE_TYPES)).default([...EVE_TYPES]),
        })
        .prefault({}),
      webhooks: z
        .array(
          z.strictObject({
            url: z
              .url({ protocol: /^https?$/ })
              .refine(
                (url) => !/^https?:\/\/[^/?#]*@/i.test(url),
                'holds a user name or password: sign with secret_file in place of them',
              )
              .describe('Where alerts are posted to'),
            secret_file: z
              .string()
              .default('')
              .describe('File with the key that signs them (HMAC-SHA-256); empty: not signed'),
            min_severity: z
              .number()
              .int()
              .min(1)
              .max(4)
              .default(1)
              .describe('1 critical only, 2 high too, and so on'),
          }),
        )
        .max(8)
        .default([])
        .describe(
          'Alerts that `run` posts as JSON at once; Alertmanager is the way for everything else',
        ),
      stats_seconds: z.number().min(1).default(8).describe('Interval of stats records'),
    })
    .prefault({}),
  http: z
    .strictObject({
      enabled: z.boolean().default(true),
      listen: listen
        .default('127.0.0.1:8470')
        .describe('Console, API, /metrics, /healthz, /readyz'),
      allowed_hosts: stringList
        .default([])
        .describe('Host names a reverse proxy asks with; loopback names are always allowed'),
    })
    .prefault({}),
  log_level: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
  limits: z
    .strictObject(limitShape)
    .prefault({})
    .describe('Limits by name; defaults in core/limits.ts'),
});

/** The validated configuration; frozen by loadConfig. */
export type SensorConfig = Readonly<z.infer<typeof configSchema>>;
