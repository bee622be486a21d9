import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import type { Graph, GraphEdge } from '../../../sensor/api/contract.ts';
import {
  fitLabel,
  layOut,
  type GraphLayout,
} from '../../../dashboards/console/src/logic/graph-layout.ts';
import { sidesOf } from '../../../dashboards/console/src/logic/graph-sides.ts';

function edge(from: string, to: string, alerts = 1, sessions = 0): GraphEdge {
  return { from, to, alerts, files: 0, sessions, severity: 2, detections: [], lastUsec: 1 };
}

function graph(focus: string | undefined, edges: readonly GraphEdge[]): Graph {
  const ids = [...new Set(edges.flatMap(({ from, to }) => [from, to]))];
  const nodes = ids.map((id, index) => ({
    ...{ id, kind: 'account' as const, isFocus: id === focus },
    ...{ alerts: index, severity: 2 },
  }));
  return { nodes, edges, isCut: false };
}

const star = (count: number): Graph =>
  graph(
    'eve@x',
    Array.from({ length: count }, (_, i) => edge('eve@x', `user${i}@corp.example`, i + 1)),
  );

/** Labels as boxes; two of them share no point. */
function overlaps({ nodes }: GraphLayout): [string, string][] {
  const boxes = nodes.map(({ node, labelX, labelY, anchor, labelChars }) => {
    const width = Math.min(node.id.length, labelChars) * 7.2;
    const left =
      anchor === 'start' ? labelX : anchor === 'end' ? labelX - width : labelX - width / 2;
    return { id: node.id, left, right: left + width, top: labelY - 11, bottom: labelY + 3 };
  });
  return boxes.flatMap((a, i) =>
    boxes
      .slice(i + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b): [string, string] => [a.id, b.id]),
  );
}

describe('sidesOf', () => {
  it('puts senders on the left of the focus and receivers on the right, strong ones first', () => {
    const edges = [edge('a', 'me'), edge('me', 'b', 2), edge('me', 'c', 5), edge('d', 'me', 9)];
    const { left, right, focus } = sidesOf(graph('me', edges).nodes, edges);
    assert.deepEqual(focus, ['me']);
    assert.deepEqual(left, ['d', 'a']);
    assert.deepEqual(right, ['c', 'b']);
  });

  it('puts those behind a neighbour on the side of that neighbour', () => {
    const edges = [edge('a', 'me'), edge('me', 'b'), edge('far', 'a'), edge('b', 'away')];
    const { farLeft, farRight } = sidesOf(graph('me', edges).nodes, edges);
    assert.deepEqual(farLeft, ['far']);
    assert.deepEqual(farRight, ['away']);
  });

  it('shares a crowd between both sides', () => {
    const { nodes, edges } = star(59);
    const { left, right } = sidesOf(nodes, edges);
    assert.equal(left.length + right.length, 59);
    assert.ok(Math.abs(left.length - right.length) <= 1);
  });

  it('knows no focus in a campaign: senders face receivers', () => {
    const edges = [edge('s1', 'r1'), edge('s1', 'r2'), edge('s2', 'r3')];
    const { left, right, focus } = sidesOf(graph(undefined, edges).nodes, edges);
    assert.deepEqual(focus, []);
    assert.deepEqual(left, ['s1', 's2']);
    assert.deepEqual(right, ['r1', 'r2', 'r3']);
  });
});

describe('layOut', () => {
  for (const width of [320, 360, 700, 1000, 1240]) {
    for (const count of [1, 2, 15, 59]) {
      it(`places ${count + 1} nodes on ${width} pixels without labels over each other`, () => {
        const layout = layOut(star(count), width);
        assert.equal(layout.nodes.length, count + 1);
        assert.equal(layout.edges.length, count);
        assert.deepEqual(overlaps(layout), []);
        for (const { x, y, labelX } of layout.nodes) {
          assert.ok(x > 0 && x < width && labelX > 0 && labelX < width);
          assert.ok(y > 0 && y < layout.height);
        }
      });
    }
  }

  it('is the same every time, whatever the order of the nodes', () => {
    const one = star(30);
    const other = { ...one, nodes: [...one.nodes].reverse(), edges: [...one.edges].reverse() };
    const places = (layout: GraphLayout): unknown[] =>
      layout.nodes.map(({ node, x, y }) => [node.id, x, y]).sort();
    assert.deepEqual(places(layOut(one, 1000)), places(layOut(other, 1000)));
  });

  it('keeps outer labels clear of inner nodes', () => {
    const edges = [
      ...Array.from({ length: 12 }, (_, i) => edge(`near${i}@a-long-domain.example`, 'me')),
      ...Array.from({ length: 12 }, (_, i) =>
        edge(`far${i}@a-long-domain.example`, `near${i}@a-long-domain.example`),
      ),
    ];
    assert.deepEqual(overlaps(layOut(graph('me', edges), 1000)), []);
  });

  it('leaves out links to nodes that were cut away, and to itself', () => {
    const { nodes, edges } = star(2);
    const more = [...edges, edge('eve@x', 'nobody@x'), edge('eve@x', 'eve@x')];
    assert.equal(layOut({ nodes, edges: more, isCut: true }, 1000).edges.length, 2);
  });

  it('draws there and back as two lines', () => {
    const edges = [edge('a', 'me'), edge('me', 'a')];
    for (const width of [360, 1000]) {
      const [there, back] = layOut(graph('me', edges), width).edges.map(({ path }) => path);
      assert.notEqual(there, undefined);
      assert.notEqual(there, back);
    }
  });

  it('draws more of what happened more', () => {
    const { edges } = layOut(graph('me', [edge('me', 'a', 1), edge('me', 'b', 40)]), 1000);
    const widthTo = (id: string): number => edges.find(({ edge: { to } }) => to === id)?.width ?? 0;
    assert.ok(widthTo('b') > widthTo('a'));
  });

  it('draws what is between others behind what concerns the one asked for, the worst on top', () => {
    const mild = { ...edge('me', 'b', 9), severity: 4 };
    const none = { ...edge('me', 'c', 0, 5), severity: 0 };
    const aside = { ...edge('b', 'c', 9), severity: 1 };
    const { edges } = layOut(graph('me', [edge('me', 'a'), mild, none, aside]), 1000);
    assert.deepEqual(
      edges.map(({ edge: { from, to }, isAside }) => [from, to, isAside]),
      [
        ['b', 'c', true],
        ['me', 'c', false],
        ['me', 'b', false],
        ['me', 'a', false],
      ],
    );
    assert.ok((edges[0]?.width ?? 9) <= 2);
  });

  it('cuts labels where their room ends', () => {
    assert.equal(fitLabel('alice@corp.example', 30), 'alice@corp.example');
    assert.equal(fitLabel('alice@corp.example', 8), 'alice@c…');
  });

  it('takes an empty graph', () => {
    const layout = layOut({ nodes: [], edges: [], isCut: false }, 1000);
    assert.deepEqual(layout.nodes, []);
    assert.ok(layout.height > 0);
  });
});
