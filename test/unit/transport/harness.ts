/**
 * A transport behind a flow table, fed with packets; what its handler hears is recorded as text.
 */
import { eventName, type Direction, type LimitValues } from '../../../sensor/core/index.ts';
import type { FlowEndReason } from '../../../sensor/flow/index.ts';
import { defaultLimits } from '../../../sensor/core/index.ts';
import {
  Transport,
  type AppProto,
  type SocksRequest,
  type TransportHandler,
} from '../../../sensor/transport/index.ts';
import { FlowHarness, type FlowHarnessOptions } from '../../support/flow-harness.ts';

export class TransportHarness implements TransportHandler {
  readonly log: string[] = [];
  readonly flows: FlowHarness;
  readonly transport: Transport;
  /** Called with each piece of XML. */
  onText: ((flow: number, text: string) => void) | undefined;

  constructor(options: FlowHarnessOptions = {}) {
    const limits: LimitValues = { ...defaultLimits(), ...options.limits };
    this.flows = new FlowHarness(options);
    const { counters, table } = this.flows;
    this.transport = new Transport({ handler: this, flows: table, counters, limits });
    table.connect(this.transport);
  }

  onXmppOpen(_flow: number, midstream: boolean): void {
    this.log.push(midstream ? 'xmpp midstream' : 'xmpp');
  }

  onXml(
    flow: number,
    direction: Direction,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const text = Buffer.from(bytes.subarray(offset, offset + length)).toString('latin1');
    this.log.push(`${direction === 0 ? 'C' : 'S'} ${text}`);
    this.onText?.(flow, text);
  }

  onXmlGap(_flow: number, direction: Direction, length: number): void {
    this.log.push(`${direction === 0 ? 'C' : 'S'} [${length}]`);
  }

  onFlowEvent(_flow: number, _direction: Direction, event: number): void {
    this.log.push(`!${eventName(event)}`);
  }

  onSocks(_flow: number, request: SocksRequest): boolean {
    const { methods, command, host, port } = request;
    this.log.push(`socks ${methods.join()} ${command} ${host} ${port}`);
    return false;
  }

  onClose(_flow: number, reason: FlowEndReason, appProto: AppProto): void {
    this.log.push(`close ${reason} ${appProto}`);
  }
}
