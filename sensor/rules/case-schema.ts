/** What a file of cases may hold (signatures/README.md, "Cases"), before placeholders are filled and repeats unrolled. */
import { isIPv4 } from 'node:net';
import { z } from 'zod';

/** Where a flow runs unless it says otherwise. */
export const CLIENT = '192.0.2.10';
export const SERVER = '198.51.100.20';
/** Session a case begins with unless it says otherwise. */
export const USUAL_SESSION = 'scram';

const text = z.string();
const repeats = z.number().int().min(1);
const port = z.number().int().min(1).max(65535);
const seconds = z.number().min(0);
const sid = z.number().int().positive();

const piece = z.union([
  text,
  z.strictObject({ latin1: text }),
  z.strictObject({ base64: text }),
  z.strictObject({ encode: text }),
  z.strictObject({ utf16le: text }),
  z.strictObject({ utf16be: text }),
  z.strictObject({ repeat: text, times: repeats.max(4_000_000) }),
]);
export type Piece = z.infer<typeof piece>;

const data = z.union([piece, z.array(piece)]);
export type Data = z.infer<typeof data>;

const turn = z.union([
  z.strictObject({ C: data }),
  z.strictObject({ S: data }),
  z.strictObject({ lost_C: z.number().int().positive() }),
  z.strictObject({ lost_S: z.number().int().positive() }),
  z.strictObject({ wait: z.number().positive() }),
]);
export type TurnSource = z.infer<typeof turn>;

const group = z.strictObject({
  times: repeats,
  every: seconds.default(0),
  turns: z.array(turn).min(1),
});
export type TurnGroup = z.infer<typeof group>;

const turns = z.array(z.union([turn, group]));
export type TurnList = z.infer<typeof turns>;

export const sessionSchema = z.strictObject({
  port: port.default(5222),
  midstream: z.boolean().default(false),
  fires: z.array(sid).default([]),
  as: text.default(''),
  turns: z.array(turn).default([]),
});
export type Session = z.infer<typeof sessionSchema>;

const flow = z
  .strictObject({
    client: text.default(CLIENT),
    server: text.default(SERVER),
    port: port.optional(),
    session: text.default(USUAL_SESSION),
    as: text.optional(),
    at: seconds.default(0),
    times: repeats.default(1),
    every: seconds.default(0),
    turns: turns.default([]),
  })
  .refine(({ client }) => isIPv4(client.replaceAll('{n}', '1')), 'client is no IPv4 address')
  .refine(({ server }) => isIPv4(server.replaceAll('{n}', '1')), 'server is no IPv4 address');
export type FlowSource = z.infer<typeof flow>;

/** Bytes of a file, or what is packed to an archive. */
export type FileContent =
  Data | { readonly zip: Record<string, FileContent> } | { readonly gzip: FileContent };
const content: z.ZodType<FileContent> = z.lazy(() =>
  z.union([
    data,
    z.strictObject({ zip: z.record(z.string().min(1), content) }),
    z.strictObject({ gzip: content }),
  ]),
);

const file = z.strictObject({
  road: z.enum(['ibb', 'socks5', 'http', 'bob', 'inline']).default('ibb'),
  from: text.default('alice@corp.example/desk'),
  to: text.default('bob@ext.example/home'),
  name: text.default(''),
  size: z.number().int().min(-1).optional(),
  mime: text.default(''),
  sha256: text.default(''),
  md5: text.default(''),
  content,
  lack: z.enum(['', 'gap', 'no_start', 'cut_off', 'unfinished']).default(''),
});
export type FileSource = z.infer<typeof file>;

export const caseSchema = z.strictObject({
  case: text.min(1),
  sid,
  fires: z.union([z.boolean(), z.array(sid)]).default(false),
  new_sensor: z.boolean().default(false),
  session: text.optional(),
  port: port.optional(),
  body: text.optional(),
  stanza: data.optional(),
  turns: turns.optional(),
  flows: z.array(flow).min(1).optional(),
  file: file.optional(),
  event: text.optional(),
  capture: text.min(1).optional(),
  lists: z.record(text, z.array(text.min(1))).default({}),
});
export type CaseSource = z.infer<typeof caseSchema>;
