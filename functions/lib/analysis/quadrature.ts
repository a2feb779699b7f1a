/**
 * A quadrature on [−1, 1]: nodes, weights, and row by row, for each node, the weights of the integral
 * from −1 to that node, which is exact for polynomials of a degree below the number of nodes.
 */
export type Quadrature = { nodes: Float64Array; weights: Float64Array; partials: Float64Array };

/**
 * The Gauss–Legendre quadrature with this many nodes (2 or more), the lowest first; the partial
 * weights are those of the interpolating polynomial, by ∫P_m = (P_{m+1} − P_{m−1})/(2m + 1).
 * Worked: order 2 has the nodes ∓√⅓ and the weights 1 and 1.
 */
export function gaussLegendre(order: number): Quadrature {
  const nodes = Float64Array.from({ length: order }, (_, index) => legendreRoot(order, index));
  const values = Array.from(nodes, (node) => legendre(order, node));
  const weights = Float64Array.from(values, (value, index) => {
    const node = nodes[index]!;
    return (2 * (1 - node ** 2)) / (order * value[order - 1]!) ** 2;
  });
  const partials = new Float64Array(order * order);
  for (let cell = 0; cell < order * order; cell++) {
    const [to, from] = [Math.floor(cell / order), cell % order];
    let sum = 1 + nodes[to]!;
    for (let m = 1; m < order; m++) {
      sum += values[from]![m]! * (values[to]![m + 1]! - values[to]![m - 1]!);
    }
    partials[cell] = (weights[from]! / 2) * sum;
  }
  return { nodes, weights, partials };
}

/** The Legendre polynomials P_0 to P_order at x. */
function legendre(order: number, x: number): number[] {
  const values = [1, x];
  for (let m = 1; m < order; m++) {
    values.push(((2 * m + 1) * x * values[m]! - m * values[m - 1]!) / (m + 1));
  }
  return values;
}

/** A root of P_order, the lowest first, by Newton's method. */
function legendreRoot(order: number, index: number): number {
  let root = -Math.cos((Math.PI * (index + 0.75)) / (order + 0.5));
  for (let step = 0; step < 6; step++) {
    const values = legendre(order, root);
    const slope = (order * (values[order - 1]! - root * values[order]!)) / (1 - root ** 2);
    root -= values[order]! / slope;
  }
  return root;
}
