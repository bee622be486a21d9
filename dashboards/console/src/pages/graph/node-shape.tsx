import type { JSX } from 'preact';
import type { GraphNode } from '../../../../../sensor/api/contract.ts';

interface NodeShapeProps {
  readonly kind: GraphNode['kind'];
  readonly severity: number;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Accounts are round, servers square, addresses diamonds: of about the same area. */
export function NodeShape({ kind, severity, x, y, radius }: NodeShapeProps): JSX.Element {
  const name = `graph-shape level-${severity}`;
  if (kind === 'account') return <circle class={name} cx={x} cy={y} r={radius} />;
  if (kind === 'server') {
    const side = radius * 1.8;
    return (
      <rect class={name} x={x - side / 2} y={y - side / 2} width={side} height={side} rx={2} />
    );
  }
  const reach = radius * 1.25;
  return (
    <path
      class={name}
      d={`M${x} ${y - reach}L${x + reach} ${y}L${x} ${y + reach}L${x - reach} ${y}z`}
    />
  );
}
