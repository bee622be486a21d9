/** Where a firing comes from: what header, bits, thresholds and alert want to know of it. */
import { bufferId, type Direction } from '../core/index.ts';
import type { StanzaView, XmppSession } from '../xmpp/index.ts';
import { stanzaOf } from './evidence.ts';
import type { FlowEndpoints } from './header-match.ts';
import type { Finding } from './types.ts';

const ROOM = bufferId('xmpp.room');

export const NO_STANZA: Finding['stanza'] = {
  serial: 0,
  name: '',
  type: '',
  id: '',
  from: '',
  to: '',
  ns: [],
  isCopy: false,
};

export type EndpointsOf = (flow: number) => FlowEndpoints | undefined;

/** Good for one call of the engine: the stanza is borrowed. Its texts are made when they are asked for. */
export class Occasion {
  /** Undefined below XMPP. */
  readonly session: XmppSession | undefined;
  /** -1 when there is none. */
  readonly flow: number;
  readonly direction: Direction;
  readonly tsUsec: number;
  /** Rules of proto xmpp hear of it: there is a session, or it is a file that XMPP offered. */
  readonly isXmpp: boolean;
  readonly #view: StanzaView | undefined;
  readonly #endpointsOf: EndpointsOf;
  #stanza: Finding['stanza'] | undefined;
  #endpoints: FlowEndpoints | undefined;

  constructor(
    place: Pick<Finding, 'session' | 'flow' | 'direction' | 'tsUsec'>,
    endpointsOf: EndpointsOf,
    about: {
      readonly view?: StanzaView;
      readonly stanza?: Finding['stanza'];
      readonly isXmpp?: boolean;
    } = {},
  ) {
    this.session = place.session;
    this.flow = place.flow;
    this.direction = place.direction;
    this.tsUsec = place.tsUsec;
    this.#endpointsOf = endpointsOf;
    this.isXmpp = about.isXmpp ?? place.session !== undefined;
    this.#view = about.view;
    this.#stanza = about.stanza;
  }

  get stanza(): Finding['stanza'] {
    this.#stanza ??= this.#view === undefined ? NO_STANZA : stanzaOf(this.#view);
    return this.#stanza;
  }

  get from(): string {
    return this.#view?.from ?? this.stanza.from;
  }

  get to(): string {
    return this.#view?.to ?? this.stanza.to;
  }

  /** JID of the room, '' when there is none. */
  get room(): string {
    return this.#view?.text(ROOM) ?? '';
  }

  get endpoints(): FlowEndpoints | undefined {
    this.#endpoints ??= this.#endpointsOf(this.flow);
    return this.#endpoints;
  }
}
