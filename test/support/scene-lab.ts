/** Gates and tables of correlation/ without its watches: what they say of every stanza, in order. */
import { Counters, defaultLimits, thresholdValues } from '../../sensor/core/index.ts';
import { createGates } from '../../sensor/correlation/gates/index.ts';
import { JidKeys } from '../../sensor/correlation/keys.ts';
import { Scene } from '../../sensor/correlation/scene.ts';
import { StateMemory } from '../../sensor/correlation/state-memory.ts';
import { createTables, type Tables } from '../../sensor/correlation/tables/index.ts';
import { RELATION } from '../../sensor/correlation/tables/relations.ts';
import type { Learner } from '../../sensor/correlation/types.ts';
import type { FlowEndpoints } from '../../sensor/detect/index.ts';
import { STANZA, type StanzaView } from '../../sensor/xmpp/index.ts';
import { CorrelationLab, type LabFlow, type LabOptions } from './correlation-lab.ts';

const RELATION_NAMES = new Map(
  Object.entries(RELATION).map(([name, code]): [number, string] => [code, name]),
);

/** What was said of one stanza. */
export interface Judged {
  readonly name: string;
  readonly type: string;
  /** A message with text of a person. */
  readonly isHuman: boolean;
  readonly isRepeat: boolean;
  readonly isCanned: boolean;
  readonly relation: string;
  readonly isFirstOfStranger: boolean;
}

export class SceneLab {
  readonly judged: Judged[] = [];
  readonly memory = new StateMemory(new Counters());
  readonly tables: Tables;
  readonly lab: CorrelationLab;
  readonly #scene: Scene;
  readonly #learners: readonly Learner[];

  constructor(options: LabOptions = {}) {
    const limits = { ...defaultLimits(), ...options.limits };
    const thresholds = thresholdValues(options.thresholds);
    const { memory } = this;
    const endpointsOf = (): FlowEndpoints | undefined => undefined;
    const shared = { memory, limits, thresholds };
    this.tables = createTables({
      ...shared,
      counters: new Counters(),
      endpointsOf,
      facts: { onCampaign: () => undefined, onServerFeatures: () => undefined },
      serverFeatures: [],
    });
    const rooms = this.tables.roomNames;
    const gates = createGates({ ...shared, botAllow: options.botAllow ?? [], rooms });
    this.#scene = new Scene(endpointsOf, gates);
    this.#learners = Object.values(this.tables);
    const onStanza = (view: StanzaView): void => {
      this.look(view);
    };
    this.lab = new CorrelationLab({ ...options, onStanza });
  }

  /** Take a stanza that came another way than through the lab. */
  look(view: StanzaView): void {
    const scene = this.#scene;
    const { relations } = this.tables;
    scene.enter(view, () => undefined);
    this.judged.push({
      name: view.name,
      type: view.type,
      isHuman: view.kind === STANZA.message && scene.outline.isHuman,
      isRepeat: scene.isRepeat,
      isCanned: scene.isCanned,
      relation: RELATION_NAMES.get(relations.of(scene)) ?? '',
      isFirstOfStranger: relations.isFirstOfStranger(scene),
    });
    for (const learner of this.#learners) {
      if ((learner.kinds & (1 << view.kind)) !== 0) learner.learn(scene);
    }
  }

  /** What is said of the stanzas written now. */
  say(write: () => unknown): Judged[] {
    const before = this.judged.length;
    write();
    return this.judged.slice(before);
  }

  /** Was the one stanza written now seen before? */
  isRepeat(write: () => unknown): boolean {
    const judged = this.say(write);
    if (judged.length !== 1) throw new RangeError(`${judged.length} stanzas where one was meant`);
    return judged[0]?.isRepeat === true;
  }
}

/** A client's connection, known to belong to a full JID. */
export function client(lab: CorrelationLab, jid: string): LabFlow {
  const domain = jid.slice(jid.indexOf('@') + 1).split('/')[0] ?? '';
  const flow = lab.flow({ midstream: true });
  // What its server sends it names it.
  return flow.s(`<iq xmlns='jabber:client' type='result' id='k' from='${domain}' to='${jid}'/>`);
}

/** A federation link seen from its start, without stanzas so far. */
export function link(lab: CorrelationLab): LabFlow {
  const flow = lab.flow({ port: 5269 });
  return flow.c(
    "<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams' from='ext.example' to='corp.example' version='1.0'>",
  );
}

/** The keys of a JID. */
export function keysOf(jid: string): JidKeys {
  return new JidKeys().ofText(jid);
}
