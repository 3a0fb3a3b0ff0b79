/** Nodes along each edge of the tile; a power of two. */
const EDGE = 64;
const WRAP = EDGE - 1;

/** Box filters passed over white noise: three make it a Gaussian to the eye. */
const PASSES = 3;
const BOX_RADIUS = 1;

/**
 * A random field without a beginning or an end: normal numbers, mean 0 and variance 1, that go over into each other within
 * a few nodes. The same seed gives the same field, to the bit.
 */
export class Lumps {
  readonly #nodes: Float32Array;

  constructor(seed: number) {
    let nodes = new Float32Array(EDGE ** 3);
    const own = scattered(seed + 1);
    for (let n = 0; n < nodes.length; n++) nodes[n] = uniformAt(n, own) - 0.5;
    for (let pass = 0; pass < PASSES; pass++)
      for (const stride of [1, EDGE, EDGE * EDGE]) nodes = boxFiltered(nodes, stride);
    let sum = 0;
    let squares = 0;
    for (const value of nodes) {
      sum += value;
      squares += value * value;
    }
    const mean = sum / nodes.length;
    const deviation = Math.sqrt(squares / nodes.length - mean * mean);
    this.#nodes = nodes.map((value) => (value - mean) / deviation);
  }

  /** The field at a place in nodes, linear between them. */
  at(x: number, y: number, z: number): number {
    const [i, j, k] = [Math.floor(x), Math.floor(y), Math.floor(z)];
    const [a, b, c] = [x - i, y - j, z - k];
    const i0 = i & WRAP;
    const i1 = (i + 1) & WRAP;
    const j0 = (j & WRAP) * EDGE;
    const j1 = ((j + 1) & WRAP) * EDGE;
    const k0 = (k & WRAP) * EDGE * EDGE;
    const k1 = ((k + 1) & WRAP) * EDGE * EDGE;
    const n = this.#nodes;
    const v00 = between(n, j0 + k0 + i0, j0 + k0 + i1, a);
    const v01 = between(n, j0 + k1 + i0, j0 + k1 + i1, a);
    const near = v00 + (between(n, j1 + k0 + i0, j1 + k0 + i1, a) - v00) * b;
    const far = v01 + (between(n, j1 + k1 + i0, j1 + k1 + i1, a) - v01) * b;
    return near + (far - near) * c;
  }
}

function between(nodes: Float32Array, first: number, second: number, share: number): number {
  return nodes[first] + (nodes[second] - nodes[first]) * share;
}

/** Scatters 32 bits: the finaliser of MurmurHash3 (A. Appleby, public domain). */
export function scattered(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A number in 0 ≤ u < 1 for a place in the sequence of a seed, which is scattered already. */
export function uniformAt(place: number, scatteredSeed: number): number {
  return scattered(scattered(place + 1) ^ scatteredSeed) / 2 ** 32;
}

/** Means over 2·BOX_RADIUS + 1 nodes along one axis, around the tile. */
function boxFiltered(nodes: Float32Array, stride: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(nodes.length);
  for (let n = 0; n < nodes.length; n++) {
    const place = Math.floor(n / stride) & WRAP;
    const line = n - place * stride;
    let sum = 0;
    for (let d = -BOX_RADIUS; d <= BOX_RADIUS; d++) sum += nodes[line + ((place + d) & WRAP) * stride];
    out[n] = sum / (2 * BOX_RADIUS + 1);
  }
  return out;
}

/** Share of a normal distribution below x: the logistic of a cubic, off by 1.4e-4 at most (Page, Appl. Stat. 26, 1977). */
export function normalShare(x: number): number {
  return 1 / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * x * (1 + 0.044715 * x * x)));
}
