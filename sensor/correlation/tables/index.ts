/** The state objects of threats.md 0.2, each a file; the watches ask them, and they learn after the watches. */
import type { Counters, LimitValues, ThresholdValues } from '../../core/index.ts';
import { Campaigns } from './campaigns.ts';
import { Contacts } from './contacts.ts';
import { Senders } from './senders.ts';
import { Relations } from './relations.ts';
import { RoomNames } from './room-names.ts';
import { Roster } from './roster.ts';
import { Software } from './software.ts';
import { Strangers } from './strangers.ts';
import { ArchiveQueries } from './archive-queries.ts';
import { IqLedger } from './iq-ledger.ts';
import { MessageAuthors } from './message-authors.ts';
import { ClientPrints } from './client-prints.ts';
import { LoginHistory } from './login-history.ts';
import { ServerFeatureTable } from './server-features.ts';
import { Rooms } from './rooms.ts';
import { S2sDomains } from './s2s-domains.ts';
import type { EndpointsOf } from '../scene.ts';
import type { StateMemory } from '../state-memory.ts';
import type { FactHandler, Learner, ServerFeatures } from '../types.ts';

export interface TableOptions {
  readonly memory: StateMemory;
  readonly limits: LimitValues;
  readonly thresholds: ThresholdValues;
  readonly counters: Counters;
  readonly endpointsOf: EndpointsOf;
  readonly facts: FactHandler;
  readonly serverFeatures: readonly ServerFeatures[];
}

/** By name; they learn in this order. */
export interface Tables extends Readonly<Record<string, Learner>> {
  readonly contacts: Contacts;
  readonly roster: Roster;
  readonly roomNames: RoomNames;
  /** Does the addressee know the sender? */
  readonly relations: Relations;
  /** Profiles of accounts that write. */
  readonly senders: Senders;
  /** Who knocks at whose door. */
  readonly strangers: Strangers;
  readonly campaigns: Campaigns;
  readonly software: Software;
  readonly serverFeatures: ServerFeatureTable;
  readonly clientPrints: ClientPrints;
  readonly loginHistory: LoginHistory;
  readonly iqLedger: IqLedger;
  readonly archiveQueries: ArchiveQueries;
  readonly messageAuthors: MessageAuthors;
  readonly s2sDomains: S2sDomains;
  readonly rooms: Rooms;
}

export function createTables(options: TableOptions): Tables {
  const clientPrints = new ClientPrints();
  const contacts = new Contacts(options);
  const roster = new Roster(options);
  const relations = new Relations(options, contacts, roster);
  const senders = new Senders(options, contacts);
  return {
    contacts,
    roster,
    roomNames: new RoomNames(options),
    relations,
    senders,
    strangers: new Strangers(options, contacts, relations, senders),
    campaigns: new Campaigns(options),
    software: new Software(options),
    serverFeatures: new ServerFeatureTable(options),
    clientPrints,
    loginHistory: new LoginHistory(options, clientPrints),
    iqLedger: new IqLedger(options),
    archiveQueries: new ArchiveQueries(options),
    messageAuthors: new MessageAuthors(options),
    s2sDomains: new S2sDomains(options),
    rooms: new Rooms(options),
  };
}
