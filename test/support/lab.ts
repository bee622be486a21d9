/**
 * The network of the live tests: client and server hosts on a switch whose server port is mirrored, as a SPAN
 * port does, to a port where a sensor listens.
 *
 *   client --- c1 [switch] s1 --- server
 *                    m1 (mirror of s1, both directions)
 *                    |
 *                  sensor (m0, no address)
 */
import { Namespace, connectNamespaces } from './netns.ts';

export class Lab {
  readonly client = new Namespace('client');
  readonly server = new Namespace('server');
  readonly switch = new Namespace('switch');
  readonly sensor = new Namespace('sensor');
  readonly serverAddress = '10.99.0.2';
  /** Device in the sensor's namespace that receives the mirror. */
  readonly mirrorDevice = 'm0';

  readonly #hosts: Namespace[] = [];

  constructor() {
    connectNamespaces(
      { namespace: this.client, device: 'c0', address: '10.99.0.10/24' },
      { namespace: this.switch, device: 'c1' },
    );
    connectNamespaces(
      { namespace: this.server, device: 's0', address: `${this.serverAddress}/24` },
      { namespace: this.switch, device: 's1' },
    );
    connectNamespaces(
      { namespace: this.sensor, device: this.mirrorDevice },
      { namespace: this.switch, device: 'm1' },
    );
    this.switch.ip('link', 'add', 'br0', 'type', 'bridge');
    for (const port of ['c1', 's1']) this.switch.ip('link', 'set', port, 'master', 'br0');
    this.switch.ip('link', 'set', 'br0', 'up');
    // A sensor's port must stay silent: no neighbour discovery from the kernel either.
    this.sensor.run('sysctl', '-qw', `net.ipv6.conf.${this.mirrorDevice}.disable_ipv6=1`);
    this.switch.run('tc', 'qdisc', 'add', 'dev', 's1', 'clsact');
    for (const direction of ['ingress', 'egress']) {
      this.switch.run(
        ...([
          'tc',
          'filter',
          'add',
          'dev',
          's1',
          direction,
          'protocol',
          'all',
          'prio',
          '5',
          'u32',
          'match',
          'u32',
          '0',
          '0',
          'action',
          'mirred',
          'egress',
          'mirror',
          'dev',
          'm1',
        ] as [string, ...string[]]),
      );
    }
  }

  /** Another host on the switch; its port is not mirrored. `address` with prefix length. */
  addHost(label: string, address: string): Namespace {
    const host = new Namespace(label);
    this.#hosts.push(host);
    const device = `h${this.#hosts.length}`;
    connectNamespaces(
      { namespace: host, device: 'h0', address },
      { namespace: this.switch, device },
    );
    this.switch.ip('link', 'set', device, 'master', 'br0');
    return host;
  }

  remove(): void {
    for (const namespace of [this.client, this.server, this.switch, this.sensor, ...this.#hosts])
      namespace.remove();
  }
}
