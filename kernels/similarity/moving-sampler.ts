import { type Cost, type CpuBuffer } from '@efface/compute';
import { Displacement, type PerMm } from '../shared/displacement.ts';

/** Parameters every similarity shader has for shared/moving-sample.wgsl. */
export interface SampleParams extends PerMm {
  readonly fixedSizeIjk: readonly [number, number, number];
  readonly strideIjk: readonly [number, number, number];
  readonly sampleSizeIjk: readonly [number, number, number];
  readonly movingSizeIjk: readonly [number, number, number];
  readonly origin: readonly [number, number, number];
  readonly stepI: readonly [number, number, number];
  readonly stepJ: readonly [number, number, number];
  readonly stepK: readonly [number, number, number];
  readonly blockSamples: number;
}

/** Buffers of shared/moving-sample.wgsl. */
export type SampleBinding = 'displacement' | 'fixedMask' | 'movingMask';

/**
 * shared/moving-sample.wgsl for the twins: goes through a block of lattice samples in order. One object per slab; its
 * fields are the state, so that nothing is allocated per sample.
 */
export class MovingSampler {
  /** The sample on the lattice. */
  i = 0;
  j = 0;
  k = 0;
  /** Index of its voxel in the fixed image. */
  fixedIndex = 0;
  /** First corner and the steps to the others. */
  first = 0;
  readonly stepX: number;
  readonly stepY: number;
  readonly stepZ: number;
  /** Position within the cell, fixed point. */
  tx = 0;
  ty = 0;
  tz = 0;
  /** Gradient per moving voxel, after `interpolate`. */
  gradientX = 0;
  gradientY = 0;
  gradientZ = 0;
  readonly total: number;
  readonly perOne: number;
  readonly #fractionBits: number;
  readonly #displacement: Displacement;
  readonly #fixedMask: Uint32Array | undefined;
  readonly #movingMask: Uint32Array | undefined;
  readonly #params: SampleParams;
  readonly #origin: Int32Array;

  constructor(
    params: SampleParams,
    constants: Readonly<Record<string, number>>,
    buffers: Readonly<Record<SampleBinding, CpuBuffer>>,
  ) {
    this.#params = params;
    this.#fractionBits = constants['FRACTION_BITS'];
    this.perOne = 1 / (1 << this.#fractionBits);
    const mm = constants['HAS_DISPLACEMENT'] === 1 ? buffers.displacement.f32 : undefined;
    this.#displacement = new Displacement(params, mm);
    this.#fixedMask = constants['HAS_FIXED_MASK'] === 1 ? buffers.fixedMask.u32 : undefined;
    this.#movingMask = constants['HAS_MOVING_MASK'] === 1 ? buffers.movingMask.u32 : undefined;
    const [si, sj, sk] = params.movingSizeIjk;
    this.stepX = si > 1 ? 1 : 0;
    this.stepY = sj > 1 ? si : 0;
    this.stepZ = sk > 1 ? si * sj : 0;
    this.total = params.sampleSizeIjk[0] * params.sampleSizeIjk[1] * params.sampleSizeIjk[2];
    this.#origin = Int32Array.of(...params.origin, ...params.stepI, ...params.stepJ, ...params.stepK);
  }

  /** Goes to a sample by its index on the lattice. */
  seek(index: number): void {
    const [ni, nj] = this.#params.sampleSizeIjk;
    const row = Math.floor(index / ni);
    this.i = index - row * ni;
    this.k = Math.floor(row / nj);
    this.j = row - this.k * nj;
  }

  /** Goes to the next sample. */
  advance(): void {
    this.i++;
    if (this.i < this.#params.sampleSizeIjk[0]) return;
    this.i = 0;
    this.j++;
    if (this.j < this.#params.sampleSizeIjk[1]) return;
    this.j = 0;
    this.k++;
  }

  /** Finds fixed voxel and moving cell of the sample; false when it does not count. */
  locate(): boolean {
    const { i, j, k } = this;
    const { fixedSizeIjk, strideIjk, movingSizeIjk } = this.#params;
    const pi = i * strideIjk[0];
    const row = k * strideIjk[2] * fixedSizeIjk[1] + j * strideIjk[1];
    const fixedIndex = row * fixedSizeIjk[0] + pi;
    this.fixedIndex = fixedIndex;
    const o = this.#origin;
    const displacement = this.#displacement;
    displacement.read(fixedIndex);
    const x = (o[0] + Math.imul(o[3], i) + Math.imul(o[6], j) + Math.imul(o[9], k) + displacement.x) | 0;
    const y = (o[1] + Math.imul(o[4], i) + Math.imul(o[7], j) + Math.imul(o[10], k) + displacement.y) | 0;
    const z = (o[2] + Math.imul(o[5], i) + Math.imul(o[8], j) + Math.imul(o[11], k) + displacement.z) | 0;
    const bits = this.#fractionBits;
    const [si, sj, sk] = movingSizeIjk;
    if (x < 0 || y < 0 || z < 0 || x > (si - 1) << bits || y > (sj - 1) << bits || z > (sk - 1) << bits) return false;
    const fixedMask = this.#fixedMask;
    if (fixedMask !== undefined) {
      if (((fixedMask[row * ((fixedSizeIjk[0] + 31) >> 5) + (pi >> 5)] >>> (pi & 31)) & 1) === 0) return false;
    }
    const movingMask = this.#movingMask;
    if (movingMask !== undefined) {
      const half = 1 << (bits - 1);
      const mi = (x + half) >> bits;
      const word = (((z + half) >> bits) * sj + ((y + half) >> bits)) * ((si + 31) >> 5) + (mi >> 5);
      if (((movingMask[word] >>> (mi & 31)) & 1) === 0) return false;
    }
    const lx = Math.min(x >> bits, si > 2 ? si - 2 : 0);
    const ly = Math.min(y >> bits, sj > 2 ? sj - 2 : 0);
    const lz = Math.min(z >> bits, sk > 2 ? sk - 2 : 0);
    this.first = (lz * sj + ly) * si + lx;
    this.tx = x - (lx << bits);
    this.ty = y - (ly << bits);
    this.tz = z - (lz << bits);
    return true;
  }

  /** Value of an image at the sample; its gradient per moving voxel is left in the fields. */
  interpolate(moving: Float32Array): number {
    const { first: n, stepX, stepY, stepZ } = this;
    const tx = this.tx * this.perOne;
    const ty = this.ty * this.perOne;
    const tz = this.tz * this.perOne;
    const f = n + stepZ;
    const m000 = moving[n];
    const m010 = moving[n + stepY];
    const m001 = moving[f];
    const m011 = moving[f + stepY];
    const d00 = moving[n + stepX] - m000;
    const d10 = moving[n + stepY + stepX] - m010;
    const d01 = moving[f + stepX] - m001;
    const d11 = moving[f + stepY + stepX] - m011;
    const v00 = m000 + d00 * tx;
    const v01 = m001 + d01 * tx;
    const dy0 = m010 + d10 * tx - v00;
    const dy1 = m011 + d11 * tx - v01;
    const y0 = v00 + dy0 * ty;
    const x0 = d00 + (d10 - d00) * ty;
    this.gradientX = x0 + (d01 + (d11 - d01) * ty - x0) * tz;
    this.gradientY = dy0 + (dy1 - dy0) * tz;
    this.gradientZ = v01 + dy1 * ty - y0;
    return y0 + this.gradientZ * tz;
  }
}

/** Slots of the sums a twin keeps per block: 0 value, 1 count, 4 + 4a … the row of moving axis a. */
export const SLOTS = 16;

/** Adds `scale`·gradient·(x, y, z, 1) of a sample to the rows of its block, and writes its force. */
export class ForceSums {
  readonly sums = new Float64Array(SLOTS);
  readonly #scale: Float64Array;
  readonly #perMm: Float64Array;
  readonly #forces: Float32Array | undefined;
  readonly #hasGradient: boolean;

  constructor(params: SampleParams, constants: Readonly<Record<string, number>>, forces: CpuBuffer) {
    this.#scale = Float64Array.from(params.sampleSizeIjk, (n) => 1 / n);
    const perOne = 1 / (1 << constants['FRACTION_BITS']);
    this.#perMm = Float64Array.from([...params.perMmX, ...params.perMmY, ...params.perMmZ], (v) => v * perOne);
    this.#forces = constants['HAS_FORCES'] === 1 ? forces.f32 : undefined;
    this.#hasGradient = constants['HAS_GRADIENT'] === 1;
  }

  /** A sample that counts: the gradient is per moving voxel. */
  add(sampler: MovingSampler, gx: number, gy: number, gz: number): void {
    const { sums } = this;
    if (this.#hasGradient) {
      const x = sampler.i * this.#scale[0] - 0.5;
      const y = sampler.j * this.#scale[1] - 0.5;
      const z = sampler.k * this.#scale[2] - 0.5;
      sums[4] += gx * x;
      sums[5] += gx * y;
      sums[6] += gx * z;
      sums[7] += gx;
      sums[8] += gy * x;
      sums[9] += gy * y;
      sums[10] += gy * z;
      sums[11] += gy;
      sums[12] += gz * x;
      sums[13] += gz * y;
      sums[14] += gz * z;
      sums[15] += gz;
    }
    const forces = this.#forces;
    if (forces === undefined) return;
    const m = this.#perMm;
    const at = 3 * sampler.fixedIndex;
    forces[at] = gx * m[0] + gy * m[1] + gz * m[2];
    forces[at + 1] = gx * m[3] + gy * m[4] + gz * m[5];
    forces[at + 2] = gx * m[6] + gy * m[7] + gz * m[8];
  }

  /** A sample that does not count. */
  skip(sampler: MovingSampler): void {
    const forces = this.#forces;
    if (forces === undefined) return;
    forces.fill(0, 3 * sampler.fixedIndex, 3 * sampler.fixedIndex + 3);
  }

  /** Writes the sums of a block and starts the next. */
  finish(partials: Float32Array, block: number): void {
    partials.set(this.#hasGradient ? this.sums : this.sums.subarray(0, 4), SLOTS * block);
    this.sums.fill(0);
  }
}

/** Blocks of a lattice: units of the twins, workgroups of the shaders. */
export function blocksOf({ sampleSizeIjk: [ni, nj, nk], blockSamples }: SampleParams): number {
  return Math.max(1, Math.ceil((ni * nj * nk) / blockSamples));
}

/** Work of a pass over the samples: each image once at best; `flops` beyond the interpolation's per sample. */
export function sampleCost(params: SampleParams, constants: Readonly<Record<string, number>>, flops: number): Cost {
  const nSamples = params.sampleSizeIjk[0] * params.sampleSizeIjk[1] * params.sampleSizeIjk[2];
  const nMoving = params.movingSizeIjk[0] * params.movingSizeIjk[1] * params.movingSizeIjk[2];
  const fixedBytes = constants['HAS_DISPLACEMENT'] === 1 ? 16 : 4;
  return {
    readBytes: nSamples * fixedBytes + 4 * Math.min(nMoving, 8 * nSamples),
    writeBytes: 4 * SLOTS * blocksOf(params) + (constants['HAS_FORCES'] === 1 ? 12 * nSamples : 0),
    flops: nSamples * (28 + flops + (constants['HAS_GRADIENT'] === 1 ? 27 : 0)),
  };
}
