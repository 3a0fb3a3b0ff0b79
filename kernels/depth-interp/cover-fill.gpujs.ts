import { gpuJsArray, type GpuJsForm, gpuJsHalves, type GpuJsThread, gpuJsVolume } from '@efface/compute';
import { hashHigh, hashLow, NOISE_HELPERS, noiseOf } from '../shared/counter-noise.gpujs.ts';
import { type CoverFillBinding, type CoverFillParams } from './cover-fill.gen.ts';

function betweenSurfaces(a: number, b: number, w: number): number {
  return Math.fround(a + Math.fround(Math.fround(b - a) * w));
}

/**
 * How deep a voxel lies below the cover, mm; −1 where it is not altered. Positions in the window have 18 fractional bits,
 * beyond what a float holds: they live in expressions that end in a shift or a mask.
 */
function belowCoverThread(
  this: GpuJsThread, stored: number[][][], pairs: number[][][], threshold: number, nu: number, nv: number,
  ou: number, ov: number, od: number, iu: number, iv: number, id: number,
  ju: number, jv: number, jd: number, ku: number, kv: number, kd: number,
): number {
  const u = (ou + iu * this.thread.x + ju * this.thread.y + ku * this.thread.z) >> 18;
  const v = (ov + iv * this.thread.x + jv * this.thread.y + kv * this.thread.z) >> 18;
  const wu = ((ou + iu * this.thread.x + ju * this.thread.y + ku * this.thread.z) & 262143) / 262144;
  const wv = ((ov + iv * this.thread.x + jv * this.thread.y + kv * this.thread.z) & 262143) / 262144;
  if (u < 0 || v < 0 || u > nu - 1 || v > nv - 1 || (u === nu - 1 && wu > 0) || (v === nv - 1 && wv > 0)) {
    return -1;
  }
  if (stored[this.thread.z][this.thread.y][this.thread.x] >= threshold) {
    return -1;
  }
  const u1 = Math.min(u + 1, nu - 1);
  const v1 = Math.min(v + 1, nv - 1);
  const least = Math.min(Math.min(pairs[v][u][1], pairs[v][u1][1]), Math.min(pairs[v1][u][1], pairs[v1][u1][1]));
  if (least < -1e29) {
    return -1;
  }
  const cover0 = betweenSurfaces(pairs[v][u][0], pairs[v][u1][0], wu);
  const cover1 = betweenSurfaces(pairs[v1][u][0], pairs[v1][u1][0], wu);
  const skin0 = betweenSurfaces(pairs[v][u][1], pairs[v][u1][1], wu);
  const skin1 = betweenSurfaces(pairs[v1][u][1], pairs[v1][u1][1], wu);
  const cover = betweenSurfaces(cover0, cover1, wv);
  const depth = ((od + id * this.thread.x + jd * this.thread.y + kd * this.thread.z) >> 6) / 4096;
  if (depth >= cover && depth < betweenSurfaces(skin0, skin1, wv)) {
    return depth - cover;
  }
  return -1;
} // prettier-ignore

/** The hash of the seed, high half first. */
function coverSeedThread(this: GpuJsThread, high: number, low: number): number {
  if (this.thread.x === 0) {
    return hashHigh(high, low);
  }
  return hashLow(high, low);
}

/** The real value of a voxel, or that of its layer of the cover. `tables` has the rescale of each slice, then the layers. */
function coverFillThread(
  this: GpuJsThread, stored: number[][][], below: number[][][], tables: number[][], seed: number[],
  ni: number, nj: number, nk: number, binCount: number, binsPerMm: number,
): number {
  const mm = below[this.thread.z][this.thread.y][this.thread.x];
  if (mm < 0) {
    const k = this.thread.z;
    return stored[this.thread.z][this.thread.y][this.thread.x] * tables[k][0] + tables[k][1];
  }
  const place = Math.max(0, Math.min(binCount - 1, mm * binsPerMm - 0.5));
  const bin = Math.floor(place);
  const next = Math.min(bin + 1, binCount - 1);
  const share = place - bin;
  const mean = tables[nk + bin][0] * (1 - share) + tables[nk + next][0] * share;
  const spread = tables[nk + bin][1] * (1 - share) + tables[nk + next][1] * share;
  const high16 = (this.thread.x + ni * (this.thread.y + nj * this.thread.z)) >>> 16;
  const low16 = (this.thread.x + ni * (this.thread.y + nj * this.thread.z)) & 65535;
  return mean + spread * noiseOf(high16, low16, seed[0], seed[1]);
} // prettier-ignore

/** Sixteen voxels of a row: the sum of 2ᵇ over those below the cover. */
function coverAlteredThread(this: GpuJsThread, below: number[][][], ni: number): number {
  let bits = 0;
  let weight = 1;
  for (let b = 0; b < 16; b++) {
    const i = 16 * this.thread.x + b;
    if (i < ni) {
      if (below[this.thread.z][this.thread.y][i] >= 0) {
        bits += weight;
      }
    }
    weight *= 2;
  }
  return bits;
}

/** First how deep each voxel lies, then its value and its bit. */
export const coverFillGpuJs: GpuJsForm<CoverFillParams, CoverFillBinding> = {
  passes: ({ params, constants, buffers }) => {
    const { sizeIjk, sizePx, wordsPerRow, threshold, seed, binCount, binsPerMm, origin, stepI, stepJ, stepK } = params;
    const [ni, nj, nk] = sizeIjk;
    const stored = gpuJsVolume(buffers, constants, sizeIjk);
    const below = gpuJsArray(new Float32Array(ni * nj * nk), sizeIjk);
    const pairs = gpuJsArray(buffers.pairs.f32, [2, ...sizePx]);
    const tables = gpuJsArray(buffers.tables.f32, [2, nk + binCount]);
    const seedHash = gpuJsArray(new Float32Array(2), [2]);
    const dst = gpuJsArray(buffers.dst.f32, sizeIjk);
    const altered = gpuJsHalves(buffers.altered, wordsPerRow, [nj, nk]);
    const map = [...origin, ...stepI, ...stepJ, ...stepK].map((integer) => ({ integer }));
    const size = [{ integer: ni }, { integer: nj }];
    return [
      {
        thread: belowCoverThread,
        helpers: [betweenSurfaces],
        args: [stored, pairs, threshold, ...sizePx, ...map],
        output: sizeIjk,
        into: below.values,
      },
      {
        thread: coverSeedThread,
        helpers: NOISE_HELPERS,
        args: [Math.floor(seed / 65536), seed % 65536],
        output: [2],
        into: seedHash.values,
      },
      {
        thread: coverFillThread,
        helpers: NOISE_HELPERS,
        args: [stored, below, tables, seedHash, ...size, nk, binCount, binsPerMm],
        output: sizeIjk,
        into: dst.values,
      },
      { thread: coverAlteredThread, args: [below, ni], output: altered.size, into: altered.values },
    ];
  },
};
