/** Runs a capture file through capture, decode, flow and xmpp, and collects what came out. */
import { readCapture } from '../../../sensor/capture/index.ts';
import { Counters, defaultLimits } from '../../../sensor/core/index.ts';
import { DECODED, PacketView, decodePacket } from '../../../sensor/decode/index.ts';
import { FlowTable, type FlowHandler } from '../../../sensor/flow/index.ts';
import { createXmpp, type XmppHandler } from '../../../sensor/xmpp/index.ts';
import { Collector } from '../../support/dialogue.ts';

/** Ports taken for XMPP: telling XMPP from other protocols is the business of transport/. */
const PORTS = new Set([5222, 5269, 5298, 5347, 7400]);

export async function readSessions(
  path: string,
  also: Partial<XmppHandler> = {},
): Promise<{ readonly seen: Collector; readonly counters: Counters }> {
  const counters = new Counters();
  const limits = { ...defaultLimits(), flowTableFlows: 1024 };
  const seen = new Collector(also);
  const xmpp = createXmpp({ limits, counters, handler: seen, config: { redirectAllow: [] } });
  const flows = new FlowTable({ counters, limits });
  let now = 0;
  const handler: FlowHandler = {
    onOpen: () => undefined,
    onData: (flow, direction, bytes, offset, length) => {
      if (!PORTS.has(flows.serverPort(flow))) return;
      // A session begins with the first byte, as it does behind the probe of transport/.
      if (xmpp.session(flow) === undefined) {
        xmpp.open(
          flow,
          flows.isMidstream(flow),
          flows.clientPort(flow),
          flows.serverPort(flow),
          now,
        );
      }
      xmpp.data(flow, direction, bytes, offset, length, now);
    },
    onGap: (flow, direction, length) => {
      xmpp.gap(flow, direction, length);
    },
    onEvent: () => undefined,
    onClose: (flow, reason) => {
      xmpp.close(flow, reason, now);
    },
  };
  flows.connect(handler);
  const view = new PacketView();
  await readCapture(path, {
    packet: (bytes, offset, caplen, wirelen, time, linkType) => {
      now = time[0] ?? now;
      if (decodePacket(bytes, offset, caplen, wirelen, time, linkType, view) === DECODED) {
        flows.process(view);
      }
    },
  });
  flows.shutdown();
  return { seen, counters };
}
