import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  clientHeader,
  everySegmentation,
  serverHeader,
  type DialogueOptions,
  type Turn,
} from '../../support/dialogue.ts';

const TLS = "xmlns='urn:ietf:params:xml:ns:xmpp-tls'";
const OPENING: Turn[] = [
  ['C', clientHeader('corp.example')],
  [
    'S',
    `${serverHeader('corp.example')}<stream:features><starttls ${TLS}><required/></starttls></stream:features>`,
  ],
];
const ASK = `<starttls ${TLS}/>`;
const PROCEED = `<proceed ${TLS}/>`;
const FAILURE = `<failure ${TLS}/></stream:stream>`;
const HELLO = Uint8Array.of(0x16, 3, 1, 0, 3, 1, 2, 3);
const SERVER_HELLO = Uint8Array.of(0x16, 3, 3, 0, 2, 2, 0);
const PING = "<iq type='get' id='x'><ping xmlns='urn:xmpp:ping'/></iq>";

function joined(text: string, tail: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(text), tail]);
}

function check(turns: readonly Turn[], expected: string[], options: DialogueOptions = {}): void {
  everySegmentation(
    [...OPENING, ...turns],
    (seen) => {
      assert.deepEqual(seen.names('policy.starttls'), expected);
    },
    options,
  );
}

describe('the seam between XML and TLS', () => {
  const injected = ['policy.starttls_inject'];
  const space = ['policy.starttls_space'];

  it('is silent for STARTTLS as it should be', () => {
    check(
      [
        ['C', ASK],
        ['S', PROCEED],
        ['C', HELLO],
        ['S', SERVER_HELLO],
      ],
      [],
    );
    check(
      [
        ['C', `<starttls ${TLS}></starttls>`],
        ['S', PROCEED],
        ['C', HELLO],
      ],
      [],
    );
    // What stands in front of the question is odd for other reasons.
    check(
      [
        ['C', PING + ASK],
        ['S', PROCEED],
        ['C', HELLO],
      ],
      [],
    );
    check(
      [
        ['C', ASK],
        ['S', FAILURE],
        ['C', '</stream:stream>'],
      ],
      [],
    );
    check(
      [
        ['C', ASK],
        ['S', PROCEED],
        ['C', '</stream:stream>'],
      ],
      [],
    );
    check(
      [
        ['C', ASK],
        ['S', PROCEED],
      ],
      [],
    );
    check(
      [
        ['C', ASK],
        ['S', joined(PROCEED, SERVER_HELLO)],
        ['C', HELLO],
      ],
      [],
    );
  });

  it('client text behind <starttls/>, in the same segment or the next', () => {
    check(
      [
        ['C', ASK + PING],
        ['S', PROCEED],
        ['C', HELLO],
      ],
      injected,
    );
    check(
      [
        ['C', ASK],
        ['C', PING],
        ['S', PROCEED],
        ['C', HELLO],
      ],
      injected,
    );
    check(
      [
        ['C', `${ASK}\n${PING}`],
        ['S', PROCEED],
        ['C', HELLO],
      ],
      injected,
    );
    check(
      [
        ['C', `${ASK}<iq type='get'`],
        ['S', PROCEED],
        ['C', HELLO],
      ],
      injected,
    );
    check(
      [
        ['C', `${ASK}${PING}${ASK}`],
        ['S', PROCEED],
        ['C', HELLO],
      ],
      injected,
    );
  });

  it('client text behind <proceed/> and before its ClientHello', () => {
    check(
      [
        ['C', ASK],
        ['S', PROCEED],
        ['C', PING],
        ['C', HELLO],
      ],
      injected,
    );
  });

  it('server text behind <proceed/>', () => {
    check(
      [
        ['C', ASK],
        ['S', `${PROCEED}${PING}`],
        ['C', HELLO],
      ],
      injected,
    );
    check(
      [
        ['C', ASK],
        ['S', PROCEED],
        ['S', PING],
        ['C', HELLO],
      ],
      injected,
    );
    check(
      [
        ['C', ASK],
        ['S', PROCEED + PING.slice(0, 9)],
      ],
      injected,
    );
  });

  it('white space is less', () => {
    check(
      [
        ['C', `${ASK}\r\n`],
        ['S', PROCEED],
        ['C', HELLO],
      ],
      space,
    );
    check(
      [
        ['C', ASK],
        ['C', '\n'],
        ['S', PROCEED],
        ['C', HELLO],
      ],
      space,
    );
    check(
      [
        ['C', ASK],
        ['S', `${PROCEED}\n`],
        ['C', HELLO],
        ['S', SERVER_HELLO],
      ],
      space,
    );
    check(
      [
        ['C', `${ASK}\n`],
        ['S', FAILURE],
      ],
      [],
    );
  });

  it('is not judged where bytes are missing or one direction was not captured', () => {
    check(
      [
        ['C', ASK],
        ['C', { gap: 10 }],
        ['C', PING],
        ['S', PROCEED],
        ['C', HELLO],
      ],
      [],
    );
    everySegmentation([OPENING[0] as Turn, ['C', ASK], ['C', HELLO]], (seen) => {
      assert.deepEqual(seen.names('policy.starttls'), []);
    });
  });

  it('tells when both directions have begun to speak TLS', () => {
    let sealed = 0;
    const handler = {
      onSealed: (): void => {
        sealed++;
      },
    };
    let runs = 0;
    everySegmentation(
      [...OPENING, ['C', ASK], ['S', PROCEED], ['C', HELLO], ['S', SERVER_HELLO]],
      () => {
        runs++;
      },
      { handler },
    );
    assert.equal(sealed, runs);
  });
});
