/** One stanza of every kind the detectors with memory look at, as templates over numbered accounts. */

/** Words nobody used before. */
export function words(i: number): string {
  return [7, 11, 13].map((n) => Math.imul(i + n, 0x9e3779b1 + n).toString(36)).join(' ');
}

/**
 * Stanzas from account `i` to account `k` that touch as many detectors as possible; new numbers are accounts nobody
 * heard of before.
 */
export function assortedStanzas(i: number, k: number, local = 'u', resource = 'r'): string[] {
  const from = `${local}${i}@e${i}.example/${resource}`;
  const to = `${local}v${k}@corp.example/${resource}`;
  const parties = `from='${from}' to='${to}'`;
  const muc = "xmlns='http://jabber.org/protocol/muc";
  const inner = `<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' ${parties}><body>${words(i)}</body></message></forwarded>`;
  return [
    `<message ${parties} id='a${i}' type='chat'><body>${words(i)} http://h${i}.example/x</body></message>`,
    `<message ${parties} id='g${i}' type='groupchat'><body>${words(i)}</body></message>`,
    `<message ${parties} id='c${i}'><body>!scan ${words(i)}</body></message>`,
    `<message ${parties}><encrypted xmlns='urn:xmpp:omemo:2'><header sid='${i}'/></encrypted></message>`,
    `<message ${parties}><result xmlns='urn:xmpp:mam:2' id='${i}' queryid='q${i}'>${inner}</result></message>`,
    `<message ${parties}><received xmlns='urn:xmpp:carbons:2'>${inner}</received></message>`,
    `<message ${parties} type='error'><error type='cancel'><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
    `<message ${parties}><x ${muc}#user'><invite from='${from}'><reason>${words(i)}</reason></invite></x></message>`,
    `<message ${parties}><replace xmlns='urn:xmpp:message-correct:0' id='o${i}'/><body>${words(i)}</body></message>`,
    `<presence ${parties}/>`,
    `<presence ${parties} type='subscribe'><status>${words(i)}</status></presence>`,
    `<presence ${parties}><x ${muc}'/></presence>`,
    `<presence ${parties}><x ${muc}#user'><item affiliation='owner' role='moderator'/></x><c xmlns='http://jabber.org/protocol/caps' node='https://n${i}.example' ver='x' hash='sha-1'/></presence>`,
    `<iq ${parties} id='i${i}' type='get'><query xmlns='jabber:iq:version'/></iq>`,
    `<iq ${parties} id='i${i}' type='result'><query xmlns='jabber:iq:version'><name>n${i}</name></query></iq>`,
    `<iq ${parties} id='d${i}' type='get'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>`,
    `<iq ${parties} id='m${i}' type='set'><query xmlns='urn:xmpp:mam:2' queryid='q${i}'/></iq>`,
    `<iq ${parties} id='b${i}' type='set'><open xmlns='http://jabber.org/protocol/ibb' sid='s${i}' block-size='4096'/></iq>`,
    `<iq ${parties} id='s${i}' type='set'><query xmlns='http://jabber.org/protocol/bytestreams' sid='s${i}'><streamhost jid='p${i}.example' host='192.0.2.1' port='7777'/></query></iq>`,
    `<iq ${parties} id='e${i}' type='error'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
    `<iq to='${to}' id='r${i}' type='result'><query xmlns='jabber:iq:roster'><item jid='${from}' subscription='both'/></query></iq>`,
    `<iq ${parties} id='x${i}' type='set'><block xmlns='urn:xmpp:blocking'><item jid='${from}'><report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'/></item></block></iq>`,
    `<iq ${parties} id='j${i}' type='set'><query xmlns='jabber:iq:register'><username>n${i}</username><password>p${i}</password></query></iq>`,
  ];
}
