/** 32-bit integer hash of three lattice coordinates and a seed (finaliser of MurmurHash3 over a linear mix). */
export function hash3(i: number, j: number, k: number, seed: number): number {
  let h = (Math.imul(i, 0x27d4eb2f) ^ Math.imul(j, 0x165667b1) ^ Math.imul(k, 0x9e3779b1) ^ seed) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Smooth noise in −1…1 with one feature per unit of x, y, z: hashed lattice values joined by quintic ramps. */
export function valueNoise(x: number, y: number, z: number, seed: number): number {
  const i = Math.floor(x);
  const j = Math.floor(y);
  const k = Math.floor(z);
  const u = x - i;
  const v = y - j;
  const w = z - k;
  const su = u * u * u * (u * (u * 6 - 15) + 10);
  const sv = v * v * v * (v * (v * 6 - 15) + 10);
  const sw = w * w * w * (w * (w * 6 - 15) + 10);
  const a00 = hash3(i, j, k, seed);
  const a10 = hash3(i, j + 1, k, seed);
  const a01 = hash3(i, j, k + 1, seed);
  const a11 = hash3(i, j + 1, k + 1, seed);
  const b00 = a00 + (hash3(i + 1, j, k, seed) - a00) * su;
  const b10 = a10 + (hash3(i + 1, j + 1, k, seed) - a10) * su;
  const b01 = a01 + (hash3(i + 1, j, k + 1, seed) - a01) * su;
  const b11 = a11 + (hash3(i + 1, j + 1, k + 1, seed) - a11) * su;
  const c0 = b00 + (b10 - b00) * sv;
  const c1 = b01 + (b11 - b01) * sv;
  return (c0 + (c1 - c0) * sw) / 0x7fffffff - 1;
}

/** Sequence of uniform and normal numbers that depends on the seed alone (sfc32 of C. Doty-Humphrey). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `seed` is any integer; its low 32 bits count. */
  constructor(seed: number) {
    this.#a = hash3(seed | 0, 1, 0, 0x243f6a88) | 0;
    this.#b = hash3(seed | 0, 2, 0, 0x85a308d3) | 0;
    this.#c = hash3(seed | 0, 3, 0, 0x13198a2e) | 0;
    for (let i = 0; i < 12; i++) this.uniform();
  }

  /** Next number in 0 ≤ u < 1. */
  uniform(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    this.#c |= 0;
    return (t >>> 0) / 4294967296;
  }

  /** Next number of the standard normal distribution (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}

/** Normal deviate of one voxel: a function of its index and the seed, so that order and threads do not matter. */
export function voxelNormal(i: number, j: number, k: number, seed: number): number {
  // Sum of eight bytes of two hashes: variance 8·(256² − 1)/12; its tails end at 3.4 standard deviations.
  const a = hash3(i, j, k, seed);
  const b = hash3(i, j, k, seed ^ 0x5bd1e995);
  const sum =
    (a & 255) + ((a >>> 8) & 255) + ((a >>> 16) & 255) + (a >>> 24) +
    (b & 255) + ((b >>> 8) & 255) + ((b >>> 16) & 255) + (b >>> 24); // prettier-ignore
  return (sum - 1020) / 209.0184;
}
