/**
 * Seeded inputs of cases: PCG32 (O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms",
 * HMC-CS-2014-0905), the XSH-RR variant with its default stream. The same seed gives the same numbers everywhere.
 */
export class Random {
  // The 64-bit state as two halves; BigInt arithmetic would make large cases slow.
  #high = 0;
  #low = 0;

  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`a seed is a whole number ≥ 0, not ${seed}`);
    this.nextU32();
    const low = this.#low + (seed >>> 0);
    this.#high = (this.#high + Math.floor(seed / 2 ** 32) + (low > 0xffffffff ? 1 : 0)) >>> 0;
    this.#low = low >>> 0;
    this.nextU32();
  }

  /** Uniform in [0, 2³²). */
  nextU32(): number {
    const high = this.#high;
    const low = this.#low;
    this.#advance();
    // ((state >> 18) ^ state) >> 27, low 32 bits; then rotated right by the top 5 bits of the state.
    const mixedHigh = ((high >>> 18) ^ high) >>> 0;
    const mixedLow = (((high << 14) | (low >>> 18)) ^ low) >>> 0;
    const shifted = ((mixedHigh << 5) | (mixedLow >>> 27)) >>> 0;
    const rotation = high >>> 27;
    return ((shifted >>> rotation) | (shifted << (-rotation & 31))) >>> 0;
  }

  /** Uniform in [0, 1), 24 bits: exact in f32. */
  nextF32(): number {
    return (this.nextU32() >>> 8) / 2 ** 24;
  }

  /** Whole number, uniform in [low, high]. */
  nextInteger(low: number, high: number): number {
    return low + Math.floor((this.nextU32() / 2 ** 32) * (high - low + 1));
  }

  /** state = state · 6364136223846793005 + 1442695040888963407 modulo 2⁶⁴. */
  #advance(): void {
    const MULTIPLIER_HIGH = 0x5851f42d;
    const MULTIPLIER_LOW = 0x4c957f2d;
    const INCREMENT_HIGH = 0x14057b7e;
    const INCREMENT_LOW = 0xf767814f;
    const low = this.#low;
    // The low product in 16-bit pieces, for its carry into the high half.
    const a = low & 0xffff;
    const b = low >>> 16;
    const c = MULTIPLIER_LOW & 0xffff;
    const d = MULTIPLIER_LOW >>> 16;
    const middle = b * c + Math.floor((a * c) / 65536);
    const middleLow = (middle % 65536) + a * d;
    const carry = b * d + Math.floor(middle / 65536) + Math.floor(middleLow / 65536);
    const sumLow = (Math.imul(low, MULTIPLIER_LOW) >>> 0) + INCREMENT_LOW;
    const cross = (Math.imul(this.#high, MULTIPLIER_LOW) + Math.imul(low, MULTIPLIER_HIGH)) | 0;
    this.#low = sumLow >>> 0;
    this.#high = (carry + cross + INCREMENT_HIGH + (sumLow > 0xffffffff ? 1 : 0)) >>> 0;
  }
}

/** `n` values, uniform in [low, high), multiples of (high − low)/2²⁴ rounded to f32. */
export function randomF32(seed: number, n: number, low: number, high: number): Float32Array {
  const random = new Random(seed);
  const values = new Float32Array(n);
  for (let index = 0; index < n; index++) values[index] = low + random.nextF32() * (high - low);
  return values;
}

/** `n` words of random bits. */
export function randomU32(seed: number, n: number): Uint32Array {
  const random = new Random(seed);
  const values = new Uint32Array(n);
  for (let index = 0; index < n; index++) values[index] = random.nextU32();
  return values;
}

/** `n` whole numbers, uniform in [low, high], in the array type given: stored voxels of integer images. */
export function randomIntegers<A extends Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array>(
  seed: number,
  into: A,
  low: number,
  high: number,
): A {
  const random = new Random(seed);
  for (let index = 0; index < into.length; index++) into[index] = random.nextInteger(low, high);
  return into;
}

/**
 * Bit-packed mask rows (see Mask of @efface/volume) of a grid with about `density` of the voxels set, padding bits zero.
 */
export function randomMask(seed: number, sizeIjk: readonly [number, number, number], density: number): Uint32Array {
  const [ni, nj, nk] = sizeIjk;
  const random = new Random(seed);
  const wordsPerRow = Math.ceil(ni / 32);
  const words = new Uint32Array(wordsPerRow * nj * nk);
  for (let row = 0; row < nj * nk; row++) {
    for (let i = 0; i < ni; i++) {
      if (random.nextF32() < density) words[row * wordsPerRow + (i >>> 5)] |= 1 << (i & 31);
    }
  }
  return words;
}

/**
 * Grid sizes every voxel kernel should be tried on: one voxel, rows of 31, 32, 33, primes, thin slabs along each axis,
 * and a row that needs many workgroups.
 */
export const GRID_SIZES: readonly (readonly [number, number, number])[] = [
  [1, 1, 1], [31, 3, 2], [32, 2, 3], [33, 17, 5], [1, 64, 3], [3, 1, 67], [13, 11, 7], [130, 5, 1],
]; // prettier-ignore

/** Grid sizes that voxel kernels are timed at: a small volume, a 1 mm MR and a head CT. */
export const PERF_SIZES: readonly (readonly [number, number, number])[] = [
  [128, 128, 128], [256, 256, 256], [512, 512, 300],
]; // prettier-ignore
