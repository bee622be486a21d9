/** `dlp`: fingerprints of documents whose parts must not leave. No text is stored, and none is printed. */
import { basename, normalize } from 'node:path';
import type { Command } from 'commander';
import { limitValues, type SensorConfig } from '../config/index.ts';
import { EXIT, OperatorError, printable, wallClockUsec } from '../core/index.ts';
import { DocumentReader } from '../document-text.ts';
import {
  changeLibrary,
  fingerprintText,
  readLibrary,
  type FingerprintedDocument,
} from '../fingerprints.ts';
import type { CliIo } from './io.ts';
import { addConfigOptions, configFrom, type SharedOptions } from './options.ts';
import { refuseReload, reloadSensor, reloadText, type SensorReload } from './sensor-reload.ts';
import { renderTable } from './table.ts';

type SetStatus = (status: number) => void;

interface FingerprintOptions extends SharedOptions {
  readonly name: string;
  readonly common?: boolean;
  readonly json?: boolean;
}

interface JsonOptions extends SharedOptions {
  readonly json?: boolean;
}

/** A document has so many shingles or is too short to be told from a quotation. */
const MIN_SHINGLES = 4;
const NAME = /^[\w.-]{1,64}$/;
const MAX_NAME_CHARS = 256;

/** What became of one file. */
interface Outcome {
  readonly file: string;
  readonly problem: string;
  readonly unseen: string;
}

export function addDlpCommands(program: Command, io: CliIo, setStatus: SetStatus): void {
  const dlp = program.command('dlp').description('fingerprints of documents that must not leave');
  addConfigOptions(
    dlp
      .command('fingerprint')
      .description('learn documents, so that parts of them are found in messages and files')
      .argument('<file...>', 'text, office documents, PDF, archives of them')
      .option('--name <set>', 'the set they belong to', 'documents')
      .option(
        '--common',
        "the files are nobody's own (templates, licences): what stands in them never counts",
      )
      .option('--json', 'print JSON'),
  ).action(async (files: string[], options: FingerprintOptions) => {
    await fingerprint(files, options, configFrom(options), io, setStatus);
  });
  addConfigOptions(
    dlp
      .command('list')
      .description('list the documents that are known')
      .option('--json', 'print JSON'),
  ).action((options: JsonOptions) => {
    const documents = readLibrary(configFrom(options));
    io.out(
      options.json === true
        ? `${JSON.stringify(documents.map(factsOf), null, 2)}\n`
        : tableOf(documents, io),
    );
  });
  addConfigOptions(
    dlp
      .command('remove')
      .description('forget a document, or a set with all its documents')
      .argument('<name>', 'name of a document or set'),
  ).action(async (name: string, options: SharedOptions) => {
    await remove(name, configFrom(options), io);
  });
}

async function fingerprint(
  files: readonly string[],
  options: FingerprintOptions,
  config: SensorConfig,
  io: CliIo,
  setStatus: SetStatus,
): Promise<void> {
  const { name: set, common: isCommon = false } = options;
  if (!NAME.test(set)) {
    throw new OperatorError(
      'USAGE',
      'The name of a set has letters, digits, dots, dashes and underscores',
      'For example: --name contracts',
    );
  }
  const names = namesOf(files);
  const added = new Date(wallClockUsec() / 1000).toISOString().slice(0, 10);
  const made: FingerprintedDocument[] = [];
  const outcomes: Outcome[] = [];
  const reader = new DocumentReader(config);
  try {
    files.forEach((file, i) => {
      const read = reader.read(file);
      const document =
        typeof read === 'string'
          ? read
          : documentOf(config, read.text, { set, name: names[i] ?? file, added, isCommon });
      const unseen = typeof read === 'string' ? '' : read.unseen;
      if (typeof document === 'string') outcomes.push({ file, problem: document, unseen: '' });
      else {
        made.push(document);
        outcomes.push({ file, problem: '', unseen });
      }
    });
  } finally {
    reader.close();
  }
  const documents = made.length === 0 ? readLibrary(config) : add(config, made);
  const known = new Set(made.map(keyOf));
  const sensor = made.length === 0 ? undefined : await reloadSensor(config);
  report(
    outcomes,
    documents.filter((document) => known.has(keyOf(document))),
    sensor,
    options,
    io,
  );
  if (sensor !== undefined) refuseReload(sensor);
  if (outcomes.some(({ problem }) => problem !== '')) setStatus(EXIT.usage);
}

/** Documents of the same set and name take the place of those there were. */
function add(
  config: SensorConfig,
  made: readonly FingerprintedDocument[],
): readonly FingerprintedDocument[] {
  const { dlpDocuments, dlpShingles } = limitValues(config);
  const known = new Set(made.map(keyOf));
  return changeLibrary(config, (before) => {
    const all = [...before.filter((document) => !known.has(keyOf(document))), ...made];
    const shingles = all.reduce(
      (sum, { shingles, boilerplate }) => sum + (shingles.length + boilerplate.length) / 2,
      0,
    );
    if (all.length <= dlpDocuments && shingles <= dlpShingles) return all;
    throw new OperatorError(
      'DATASET_INVALID',
      `These would be ${all.length} documents with ${shingles} shingles; nothing was added`,
      `Limits: dlp.documents ${dlpDocuments}, dlp.shingles ${dlpShingles}`,
    );
  });
}

function documentOf(
  config: SensorConfig,
  text: string,
  facts: Pick<FingerprintedDocument, 'set' | 'name' | 'added' | 'isCommon'>,
): FingerprintedDocument | string {
  const { words, shingles } = fingerprintText(config, text);
  if (shingles.length / 2 < MIN_SHINGLES) {
    return `it has only ${words} words: too short to be told from a quotation`;
  }
  return { ...facts, words, group: 0, shingles, boilerplate: new Uint32Array(0) };
}

/** File names, with as much of the path as tells them apart. */
function namesOf(files: readonly string[]): string[] {
  const short = files.map((file) => basename(file));
  const names = short.map((name, i) =>
    short.filter((other) => other === name).length === 1 ? name : normalize(files[i] ?? name),
  );
  return names.map((name) => name.slice(-MAX_NAME_CHARS));
}

function keyOf({ set, name, isCommon }: FingerprintedDocument): string {
  return `${isCommon ? 1 : 0} ${set}/${name}`;
}

async function remove(name: string, config: SensorConfig, io: CliIo): Promise<void> {
  let gone = 0;
  const isNamed = (document: FingerprintedDocument): boolean =>
    document.set === name || document.name === name;
  if (!readLibrary(config).some(isNamed)) {
    throw new OperatorError(
      'USAGE',
      `No document and no set is called ${name}`,
      'stanzawatch dlp list shows them',
    );
  }
  changeLibrary(config, (documents) => {
    const left = documents.filter((document) => !isNamed(document));
    gone = documents.length - left.length;
    return left;
  });
  const sensor = await reloadSensor(config);
  io.out(`${gone} ${gone === 1 ? 'document' : 'documents'} removed; ${reloadText(sensor)}\n`);
  refuseReload(sensor);
}

function report(
  outcomes: readonly Outcome[],
  documents: readonly FingerprintedDocument[],
  sensor: SensorReload | undefined,
  options: FingerprintOptions,
  io: CliIo,
): void {
  if (options.json === true) {
    const failed = outcomes.filter(({ problem }) => problem !== '');
    io.out(`${JSON.stringify({ documents: documents.map(factsOf), failed, sensor }, null, 2)}\n`);
    return;
  }
  if (documents.length > 0) io.out(tableOf(documents, io));
  for (const { file, problem, unseen } of outcomes) {
    if (problem !== '') io.err(printable(`${file}: not taken: ${problem}`) + '\n');
    else if (unseen !== '')
      io.err(printable(`${file}: read in part (limit files.${unseen})`) + '\n');
  }
  const empty = documents.filter(
    ({ shingles, isCommon }) => !isCommon && shingles.length / 2 < MIN_SHINGLES,
  );
  for (const { name } of empty) {
    io.err(
      printable(
        `${name}: all of it stands in other documents or in common texts: it will not be found`,
      ) + '\n',
    );
  }
  if (sensor !== undefined) io.out(`${documents.length} taken; ${reloadText(sensor)}\n`);
}

function tableOf(documents: readonly FingerprintedDocument[], io: CliIo): string {
  if (documents.length === 0) return 'no document is fingerprinted\n';
  return renderTable(
    documents,
    [
      {
        title: 'SET',
        value: ({ set, isCommon }) => (isCommon ? `${set} (common)` : set),
        flexible: true,
      },
      { title: 'DOCUMENT', value: ({ name }) => name, flexible: true, least: 16 },
      { title: 'ADDED', value: ({ added }) => added },
      { title: 'WORDS', value: ({ words }) => words, align: 'right' },
      { title: 'SHINGLES', value: ({ shingles }) => shingles.length / 2, align: 'right' },
      {
        title: 'BOILERPLATE',
        value: ({ boilerplate }) => boilerplate.length / 2,
        align: 'right',
        optional: true,
      },
    ],
    io.columns,
  );
}

function factsOf({
  set,
  name,
  added,
  words,
  isCommon,
  shingles,
  boilerplate,
}: FingerprintedDocument): object {
  return {
    set,
    name,
    added,
    words,
    common: isCommon,
    shingles: shingles.length / 2,
    boilerplate: boilerplate.length / 2,
  };
}
