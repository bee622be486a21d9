/** Stanzas to try rules with: each is what an attack in the catalogue looks like on the wire. */

export interface TryExample {
  readonly name: string;
  readonly text: string;
  readonly direction: 'to_server' | 'to_client';
}

const FROM = "from='mallory@corp.example/phone' to='bob@corp.example'";

export const TRY_EXAMPLES: readonly TryExample[] = [
  {
    name: 'Card number spelled in references',
    direction: 'to_server',
    text: `<message ${FROM} type='chat' id='ex1'>\n  <body>card &#52;&#49;&#49;&#49; &#49;&#49;&#49;&#49; &#49;&#49;&#49;&#49; &#49;&#49;&#49;&#49; exp 12/29</body>\n</message>`,
  },
  {
    name: 'Document type with an entity bomb',
    direction: 'to_server',
    text: `<!DOCTYPE lolz [\n${entityBomb(9)}\n]>\n<message ${FROM} id='ex2'><body>&e9;</body></message>`,
  },
  {
    name: 'Comment that splits a word',
    direction: 'to_server',
    text: `<message ${FROM} type='chat' id='ex3'>\n  <body>the pass<!-- nothing here -->word is hunter2</body>\n</message>`,
  },
  {
    name: 'Copy of a message that was forged',
    direction: 'to_client',
    text: "<message from='mallory@ext.example' to='alice@corp.example/desk' type='chat' id='ex4'>\n  <received xmlns='urn:xmpp:carbons:2'>\n    <forwarded xmlns='urn:xmpp:forward:0'>\n      <message xmlns='jabber:client' from='ceo@corp.example/phone' to='alice@corp.example'>\n        <body>Please pay the attached invoice today</body>\n      </message>\n    </forwarded>\n  </received>\n</message>",
  },
  {
    name: 'Oversized stanza',
    direction: 'to_server',
    text: `<iq type='set' ${FROM} id='ex5'>\n  <query xmlns='jabber:iq:private'>\n    <blob xmlns='x:large'>${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo'.repeat(2200)}</blob>\n  </query>\n</iq>`,
  },
  {
    name: 'Deep nesting',
    direction: 'to_server',
    text: `<message ${FROM} id='ex6'>${'<x>'.repeat(400)}${'</x>'.repeat(400)}</message>`,
  },
  {
    name: 'Password in the clear',
    direction: 'to_server',
    text: "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHMzY3JldA==</auth>",
  },
  {
    name: 'Account number in a message',
    direction: 'to_server',
    text: `<message ${FROM} type='chat' id='ex8'>\n  <body>transfer it to GB82 WEST 1234 5698 7654 32</body>\n</message>`,
  },
  {
    name: 'Harmless message',
    direction: 'to_server',
    text: `<message ${FROM} type='chat' id='ex9'>\n  <body>See you at lunch</body>\n</message>`,
  },
];

/** Each entity is ten of the one before: a short text that is gigabytes to whoever expands it. */
function entityBomb(levels: number): string {
  const lines = Array.from({ length: levels }, (_, level) => {
    return `  <!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`;
  });
  return ['  <!ENTITY e0 "ha">', ...lines].join('\n');
}
