/**
 * Network namespaces and veth pairs for system tests, made with iproute2 as root. Names carry the process id,
 * so that runs do not meet; `remove()` takes everything away again.
 */
import { execFileSync } from 'node:child_process';

let count = 0;

/** Runs a command, throwing with its standard error when it fails. */
export function sh(command: string, ...args: string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`${command} ${args.join(' ')} failed: ${text.trim()}`, { cause: error });
  }
}

export class Namespace {
  readonly name: string;

  constructor(label: string) {
    this.name = `sw${process.pid}-${++count}-${label}`;
    sh('ip', 'netns', 'add', this.name);
    sh('ip', '-n', this.name, 'link', 'set', 'lo', 'up');
  }

  /** Command prefix that enters the namespace. */
  get enter(): string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** Runs a command inside and gives its output. */
  run(command: string, ...args: string[]): string {
    return sh('ip', 'netns', 'exec', this.name, command, ...args);
  }

  ip(...args: string[]): string {
    return sh('ip', '-n', this.name, ...args);
  }

  remove(): void {
    sh('ip', 'netns', 'del', this.name);
  }
}

export interface Port {
  readonly namespace: Namespace;
  readonly device: string;
  /** Address with prefix length, for example 10.0.0.1/24; left out: none. */
  readonly address?: string;
}

/** A veth pair between two namespaces, both ends up. */
export function connectNamespaces(a: Port, b: Port): void {
  sh(
    'ip',
    'link',
    'add',
    a.device,
    'netns',
    a.namespace.name,
    'type',
    'veth',
    'peer',
    'name',
    b.device,
    'netns',
    b.namespace.name,
  );
  for (const port of [a, b]) {
    if (port.address !== undefined)
      port.namespace.ip('addr', 'add', port.address, 'dev', port.device);
    port.namespace.ip('link', 'set', port.device, 'up');
  }
}

/** Statistics of a device: packets it sent. */
export function sentPackets(namespace: Namespace, device: string): number {
  const [link] = JSON.parse(namespace.ip('-s', '-j', 'link', 'show', 'dev', device)) as {
    stats64: { tx: { packets: number } };
  }[];
  return link?.stats64.tx.packets ?? 0;
}
