import { suite } from 'uvu';
import { gaussLegendre } from '../../functions/lib/analysis/quadrature.ts';
import { assertClose } from './vectors.ts';

const quadrature = suite('Gauss–Legendre quadrature');

function near(actual: number, expected: number): void {
  assertClose(actual, expected, { rel: 1e-14, abs: 3e-15 }, 'the number');
}

quadrature('of order 2 has its nodes at the roots of a third', () => {
  const { nodes, weights } = gaussLegendre(2);
  near(nodes[0]!, -Math.sqrt(1 / 3));
  near(nodes[1]!, Math.sqrt(1 / 3));
  near(weights[0]!, 1);
  near(weights[1]!, 1);
});

quadrature('integrates powers below twice its order exactly', () => {
  for (const order of [2, 3, 8, 16]) {
    const { nodes, weights } = gaussLegendre(order);
    for (let power = 0; power < 2 * order; power++) {
      const integral = nodes.reduce((sum, node, index) => sum + weights[index]! * node ** power, 0);
      near(integral, (1 - (-1) ** (power + 1)) / (power + 1));
    }
  }
});

quadrature('integrates powers below its order exactly up to each node', () => {
  for (const order of [2, 3, 8, 16]) {
    const { nodes, partials } = gaussLegendre(order);
    for (let power = 0; power < order; power++) {
      nodes.forEach((end, row) => {
        const integral = nodes.reduce(
          (sum, node, index) => sum + partials[row * order + index]! * node ** power,
          0,
        );
        near(integral, (end ** (power + 1) - (-1) ** (power + 1)) / (power + 1));
      });
    }
  }
});

quadrature.run();
