/** All migrations in order. A released one never changes: a new file gets the next number. */
import type { Migration } from '../migrate.ts';
import { initial } from './0001-initial.ts';
import { incidents } from './0002-incidents.ts';
import { files } from './0003-files.ts';
import { triage } from './0004-triage.ts';
import { packs } from './0005-packs.ts';
import { texts } from './0006-texts.ts';

export const MIGRATIONS: readonly Migration[] = [initial, incidents, files, triage, packs, texts];
