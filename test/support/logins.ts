/** Logins, STARTTLS and registrations as conversations of the correlation lab. */
import type { LabFlow } from './correlation-lab.ts';
import { clientHeader, plainPayload, serverHeader } from './dialogue.ts';

const SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
const TLS = "xmlns='urn:ietf:params:xml:ns:xmpp-tls'";
const DOMAIN = 'corp.example';

export interface OfferOptions {
  readonly domain?: string;
  readonly starttls?: 'absent' | 'offered' | 'required';
  readonly mechanisms?: readonly string[];
  readonly more?: string;
  /** Attributes of the client's header: how one program writes it and another does not. */
  readonly header?: string;
}

/** Headers and features. */
export function offer(flow: LabFlow, options: OfferOptions = {}): LabFlow {
  const { domain = DOMAIN, starttls = 'absent', header = '', more = '' } = options;
  const mechanisms = options.mechanisms ?? ['SCRAM-SHA-1', 'PLAIN'];
  const required = starttls === 'required' ? '<required/>' : '';
  const tls = starttls === 'absent' ? '' : `<starttls ${TLS}>${required}</starttls>`;
  const names = mechanisms.map((name) => `<mechanism>${name}</mechanism>`).join('');
  const sasl = mechanisms.length === 0 ? '' : `<mechanisms ${SASL}>${names}</mechanisms>`;
  return flow
    .c(clientHeader(domain, header))
    .s(`${serverHeader(domain)}<stream:features>${tls}${sasl}${more}</stream:features>`);
}

export interface LoginOptions {
  readonly password?: string;
  readonly mechanism?: 'PLAIN' | 'SCRAM-SHA-1';
  readonly nonce?: string;
  /** What the server adds to it; another one each time unless told. */
  readonly serverNonce?: string;
  /** Condition of the failure; none: success. */
  readonly condition?: string;
}

let nonces = 0;

/** One attempt and its answer. */
export function attempt(flow: LabFlow, user: string, options: LoginOptions = {}): LabFlow {
  const { password = 'secret', mechanism = 'PLAIN', condition } = options;
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  if (mechanism === 'PLAIN') {
    flow.c(`<auth ${SASL} mechanism='PLAIN'>${plainPayload(user, password)}</auth>`);
  } else {
    const nonce = options.nonce ?? `nonce${nonces++}`;
    const both = `${nonce}${options.serverNonce ?? `x${nonces++}`}`;
    flow
      .c(`<auth ${SASL} mechanism='${mechanism}'>${encoded(`n,,n=${user},r=${nonce}`)}</auth>`)
      .s(`<challenge ${SASL}>${encoded(`r=${both},s=QSXCR+Q6sek8bf92,i=4096`)}</challenge>`)
      .c(
        `<response ${SASL}>${encoded(`c=biws,r=${both},p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=`)}</response>`,
      );
  }
  return flow.s(
    condition === undefined ? `<success ${SASL}/>` : `<failure ${SASL}><${condition}/></failure>`,
  );
}

/** A failure of one user on the stream. */
export function fail(flow: LabFlow, user: string, options: LoginOptions = {}): LabFlow {
  return attempt(flow, user, { condition: 'not-authorized', ...options });
}

/** Restart and bind, behind a success. */
export function bind(flow: LabFlow, user: string, resource = 'desk', header = ''): LabFlow {
  const jid = `${user}@${DOMAIN}/${resource}`;
  return flow
    .c(clientHeader(DOMAIN, header))
    .s(
      `${serverHeader(DOMAIN, 's2')}<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>`,
    )
    .c("<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
    .s(
      `<iq type='result' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${jid}</jid></bind></iq>`,
    );
}

/** Registers an account; `condition`: the server says no. */
export function register(flow: LabFlow, user: string, password: string, condition = ''): LabFlow {
  const id = `r-${user}`;
  const error = `<error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`;
  return flow
    .c(
      `<iq type='set' id='${id}'><query xmlns='jabber:iq:register'><username>${user}</username><password>${password}</password></query></iq>`,
    )
    .s(
      condition === ''
        ? `<iq type='result' id='${id}'/>`
        : `<iq type='error' id='${id}'>${error}</iq>`,
    );
}

export const STARTTLS = `<starttls ${TLS}/>`;
export const PROCEED = `<proceed ${TLS}/>`;
export const TLS_FAILURE = `<failure ${TLS}/></stream:stream>`;
