import { type Backend, deviceVolumeFromF32, releaseVolume, uploadVolume } from '@efface/compute';
import { forEachBackend } from '@efface/compute/testing';
import {
  add, allocateVoxels, dot, type Grid, ijkToLps, type Rescale, scale, subtract, uniformRescale, type Vec3,
  type Volume, wordsPerRow,
} from '@efface/volume'; // prettier-ignore
import { describe, expect, it } from 'vitest';
import { counterHash, counterNoise } from '../shared/counter-noise.ts';
import { coverDepth, type CoverRequest, fillCover, readSkinProfile, type SkinProfile } from './cover.ts';
import { depthField, type DepthWindow, depthWindow, lineOfSight } from './depth-field.ts';
import { windowMap } from './window-map.ts';

/** Rotated about two axes, around the origin. */
function obliqueGrid(sizeIjk: Vec3, spacingMm: Vec3): Grid {
  const [c, s, d, t] = [Math.cos(0.2), Math.sin(0.2), Math.cos(0.15), Math.sin(0.15)];
  const r = [c, -s, 0, d * s, d * c, -t, t * s, t * c, d].map((v, n) => v * spacingMm[n % 3]);
  const rows = [0, 1, 2].map((row) => r.slice(3 * row, 3 * row + 3));
  return {
    sizeIjk,
    affineIjkToLps: rows.flatMap((row) => [...row, -row.reduce((sum, v, n) => sum + (v * (sizeIjk[n] - 1)) / 2, 0)]),
  };
}

const grid = obliqueGrid([52, 60, 40], [1.1, 0.9, 1.4]);
const window = depthWindow({
  centreLps: [0, -60, 0], directionLps: [0.05, 1, -0.1], upLps: [0, 0, 1], pixelMm: 0.8, sizePx: [50, 44],
}); // prettier-ignore
const [nu, nv] = window.sizePx;
const perRow = wordsPerRow(nu);

/** Pixel and depth of a point, f64. */
function inWindow(pLps: Vec3, { originLps, uLps, vLps, pixelMm }: DepthWindow): Vec3 {
  const p = subtract(pLps, originLps);
  return [dot(p, uLps) / pixelMm, dot(p, vLps) / pixelMm, dot(p, lineOfSight(window))];
}

/** A face: a plane with a nose, mm of depth at pixel (u, v). */
const skinDepth = (u: number, v: number): number => 62 + 0.1 * u - 14 * Math.exp(-((u - 25) ** 2 + (v - 21) ** 2) / 40);
const isNose = (u: number, v: number): boolean => Math.hypot(u - 25, v - 21) < 14;

/** Stored values in two slices' rescales that mean the same; real(depth below skin) inside, −1000 outside. */
function faceVolume(real: (belowMm: number, at: number) => number): Volume {
  const [ni, nj, nk] = grid.sizeIjk;
  const voxels = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  const rescale: Rescale = {
    slopePerK: Float64Array.from({ length: nk }, (_, k) => (k % 2 === 0 ? 1 : 2)),
    interceptPerK: Float64Array.from({ length: nk }, (_, k) => (k % 2 === 0 ? 0 : 64)),
  };
  for (let at = 0; at < voxels.length; at++) {
    const k = Math.floor(at / (ni * nj));
    const [u, v, depth] = inWindow(ijkToLps(grid, [at % ni, Math.floor(at / ni) % nj, k]), window);
    voxels[at] = (real(depth - skinDepth(u, v), at) - rescale.interceptPerK[k]) / rescale.slopePerK[k];
  }
  return { grid, type: 'f32', voxels, rescale, modality: 'CT', unit: 'HU' };
}

function noseBits(): Uint32Array {
  const words = new Uint32Array(perRow * nv);
  for (let v = 0; v < nv; v++)
    for (let u = 0; u < nu; u++) if (isNose(u, v)) words[v * perRow + (u >>> 5)] |= 1 << (u & 31);
  return words;
}

/** The exact skin of the scene as a field on the device, the nose as gap. */
function sceneOn(backend: Backend) {
  const depths = Float32Array.from({ length: nu * nv }, (_, at) => skinDepth(at % nu, Math.floor(at / nu)));
  const all = new Uint32Array(perRow * nv);
  for (let v = 0; v < nv; v++) for (let u = 0; u < nu; u++) all[v * perRow + (u >>> 5)] |= 1 << (u & 31);
  const nose = noseBits();
  const skin = {
    depthMm: backend.createBuffer('skin', depths.byteLength, depths),
    valid: backend.createBuffer('valid', all.byteLength, all),
  };
  const gap = backend.createBuffer('nose', nose.byteLength, nose);
  return { skin, gap, release: () => [skin.depthMm, skin.valid, gap].forEach((buffer) => backend.release(buffer)) };
}

const f32 = async (backend: Backend, buffer: Parameters<Backend['read']>[0]): Promise<Float32Array> =>
  new Float32Array(await backend.read(buffer));

describe('counterNoise', () => {
  it('hashes as published: pcg(0), and no two of 2²⁰ counters alike', () => {
    // Jarzynski and Olano's pcg by hand in 64-bit integers.
    const pcg = (value: bigint): bigint => {
      const state = BigInt.asUintN(32, value * 747796405n + 2891336453n);
      const word = BigInt.asUintN(32, ((state >> ((state >> 28n) + 4n)) ^ state) * 277803737n);
      return (word >> 22n) ^ word;
    };
    for (const value of [0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 123456789])
      expect(counterHash(value)).toBe(Number(pcg(BigInt(value))));
    // The function is a permutation of 32-bit words.
    const hashes = Uint32Array.from({ length: 2 ** 20 }, (_, n) => counterHash(n)).sort();
    expect(hashes.some((value, n) => n > 0 && value === hashes[n - 1])).toBe(false);
  });

  it('has mean 0, variance 1, the kurtosis of four uniform numbers, and no memory', () => {
    const n = 2 ** 20;
    const z = Float64Array.from({ length: n }, (_, at) => counterNoise(at, counterHash(42)));
    const mean = (values: (at: number) => number): number => z.reduce((sum, _, at) => sum + values(at), 0) / n;
    // Five standard errors: 1/√n of the mean, and so on.
    expect(Math.abs(mean((at) => z[at]))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(mean((at) => z[at] ** 2) - 1)).toBeLessThan((5 * Math.sqrt(1.7)) / Math.sqrt(n));
    expect(Math.abs(mean((at) => z[at] ** 4) - 2.7)).toBeLessThan((5 * Math.sqrt(30)) / Math.sqrt(n));
    for (const lag of [1, 2, 512, 512 * 512])
      expect(Math.abs(mean((at) => z[at] * (z[at + lag] ?? 0)))).toBeLessThan(5 / Math.sqrt(n));
  });
});

describe('windowMap', () => {
  it('takes voxels to pixels and depth', () => {
    const { origin, stepI, stepJ, stepK } = windowMap(grid, window);
    for (const [i, j, k] of [
      [0, 0, 0],
      [51, 59, 39],
      [7, 31, 12],
    ] as const) {
      const expected = inWindow(ijkToLps(grid, [i, j, k]), window);
      const fixed = add(add(origin, scale(stepI, i)), add(scale(stepJ, j), scale(stepK, k)));
      // Half a unit of 2⁻¹⁸ for the origin and each step.
      fixed.forEach((value, d) => expect(Math.abs(value / 2 ** 18 - expected[d])).toBeLessThan(160 * 2 ** -19));
    }
  });

  it('refuses what lies farther than its whole numbers reach', () => {
    for (const originLps of [
      [0, -5000, 0],
      [9000, 0, 0],
    ] as const)
      expect(() => windowMap(grid, { ...window, originLps })).toThrow(RangeError);
  });
});

forEachBackend((_, backend) => {
  const cover = async (options: Partial<CoverRequest>): Promise<Float32Array> => {
    const { skin, gap, release } = sceneOn(backend());
    const depth = coverDepth(backend(), { skin, window, gap, coverMm: 3, rampMm: 2, ...options });
    const depths = await f32(backend(), depth);
    backend().release(depth);
    release();
    return depths;
  };

  it('covers the nose smoothly: the skin outside, ahead of it inside', async () => {
    for (const options of [{}, { smoothness: 'plate' }, { rampMm: 0 }] as const) {
      const depths = await cover(options);
      const { rampMm = 2 } = options as Partial<CoverRequest>;
      const wrong: string[] = [];
      depths.forEach((depth, at) => {
        const [u, v] = [at % nu, Math.floor(at / nu)];
        const skin = Math.fround(skinDepth(u, v));
        if (!isNose(u, v)) {
          if (depth !== skin) wrong.push(`${depth} at ${u}, ${v}`);
          return;
        }
        // In one dimension the ramp is 1 − exp(−x/λ); the curve of the rim makes it grow faster in front of a concave one
        // and slower here, by less than λ over its radius of 11 mm.
        const toRimMm = (14 - Math.hypot(u - 25, v - 21)) * 0.8;
        const share = rampMm === 0 ? 1 : (1 - 2 / 11) * (1 - Math.exp(-Math.max(0, toRimMm - 0.8) / rampMm));
        if (!(depth <= skin - 3 * share + 1e-5)) wrong.push(`${depth} at ${u}, ${v}`);
      });
      expect(wrong).toEqual([]);
      // The tip needs the whole cover, but for what ten lengths of ramp leave of it.
      const ahead = skinDepth(25, 21) - depths[21 * nu + 25];
      expect(ahead).toBeGreaterThan(2.9);
      expect(ahead).toBeLessThan(3.01);
    }
  });

  it('hangs free of the nose’s sides, as a log of the distance', async () => {
    const depths = await cover({ coverMm: 0.5, rampMm: 0 });
    // From contact at r = a, where height and slope of 0.5 + 14 exp(−r²/40) agree with A·log(14/r): a = 4.2, A = 7.9.
    const height = (r: number): number => 0.5 + 14 * Math.exp((-r * r) / 40);
    let a = 4;
    for (let step = 0; step < 100; step++)
      a -= (0.2 * (((a * a) / 20) * (height(a) - 0.5) * Math.log(14 / a) - height(a))) / 14;
    const slope = ((a * a) / 20) * (height(a) - 0.5);
    for (const r of [6, 7, 8, 9, 10]) {
      const ahead = 62 + 0.1 * 25 - depths[(21 + r) * nu + 25];
      // The rim is a circle of pixels: half of one either way is A/28.
      expect(Math.abs(ahead - slope * Math.log(14 / r))).toBeLessThan(slope / 28 + 0.05);
      expect(ahead).toBeGreaterThan(height(r) + 0.2);
    }
  });

  const profileOn = async (volume: Volume, range: readonly [number, number] = [-1000, 500]): Promise<SkinProfile> => {
    const { skin, gap, release } = sceneOn(backend());
    const device = uploadVolume(backend(), 'face', volume);
    const profile = await readSkinProfile(backend(), {
      volume: device, grid, rescale: volume.rescale, skin, window, gap, binMm: 1.5, binCount: 20, low: range[0], high: range[1],
    }); // prettier-ignore
    release();
    releaseVolume(backend(), device);
    return profile;
  };

  it('reads a profile by depth below the skin, in real values, without the gap', async () => {
    // 100 + 10 per mm, ±25 in a pattern of no depth.
    const sign = (at: number): number => (counterHash(at) % 2 === 0 ? 25 : -25);
    const volume = faceVolume((below, at) => (below < 0 ? -1000 : 100 + 10 * below + sign(at)));
    const { counts, means, spreads } = await profileOn(volume);
    const sums = Array.from({ length: 20 }, () => [0, 0, 0]);
    const [ni, nj] = grid.sizeIjk;
    for (let at = 0; at < volume.voxels.length; at++) {
      const [u, v, depth] = inWindow(
        ijkToLps(grid, [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))]),
        window,
      );
      const corners = [[0, 0], [1, 0], [0, 1], [1, 1]].map(([du, dv]) => [Math.floor(u) + du, Math.floor(v) + dv]); // prettier-ignore
      if (u < 0 || v < 0 || u > nu - 1 || v > nv - 1 || corners.some(([cu, cv]) => isNose(cu, cv))) continue;
      // Beside the nose the skin is straight to 0.1 mm, so bilinear interpolation is too.
      const below = depth - skinDepth(u, v);
      const bin = Math.floor(below / 1.5);
      if (bin < 0 || bin >= 20) continue;
      const real = 100 + 10 * below + sign(at);
      sums[bin][0]++;
      sums[bin][1] += real;
      sums[bin][2] += real * real;
    }
    for (let bin = 0; bin < 20; bin++) {
      const [n, sum, squares] = sums[bin];
      expect(n).toBeGreaterThan(100);
      // Voxels near a bin's ends may fall on the other side.
      expect(Math.abs(counts[bin] / n - 1)).toBeLessThan(0.02);
      expect(Math.abs(means[bin] - sum / n)).toBeLessThan(2);
      expect(Math.abs(spreads[bin] - Math.sqrt(squares / n - (sum / n) ** 2))).toBeLessThan(1);
    }
  });

  it('gives bins without voxels the nearest profile, and counts what is out of range at its end', async () => {
    const volume = faceVolume(() => 9000);
    const { means, spreads, counts } = await profileOn(volume);
    means.forEach((mean, bin) => {
      expect(mean).toBeCloseTo(500, 3);
      expect(spreads[bin]).toBeCloseTo(0, 6);
    });
    const { skin, gap, release } = sceneOn(backend());
    const device = uploadVolume(backend(), 'face', volume);
    const far = await readSkinProfile(backend(), {
      volume: device, grid, rescale: volume.rescale, skin, window, gap, binMm: 30, binCount: 5, low: 0, high: 10_000,
    }); // prettier-ignore
    release();
    releaseVolume(backend(), device);
    expect(counts[0]).toBeGreaterThan(0);
    expect([...far.counts].slice(3)).toEqual([0, 0]);
    for (const mean of far.means) expect(mean).toBeCloseTo(9000, 0);
  });

  const filledFace = async (seed: number) => {
    const volume = faceVolume((below) => (below < 0 ? -1000 + 5 * below : 40 + 2 * below));
    const { skin, gap, release } = sceneOn(backend());
    const device = uploadVolume(backend(), 'face', volume);
    const depth = coverDepth(backend(), { skin, window, gap, coverMm: 3, rampMm: 2 });
    const binCount = 12;
    const profile = {
      binMm: 1,
      means: Float64Array.from({ length: binCount }, (_, bin) => 20 + 10 * bin),
      spreads: new Float64Array(binCount).fill(8),
    };
    const { real, altered } = fillCover(backend(), {
      volume: device, grid, rescale: volume.rescale, thresholdStored: -120, skin, coverDepthMm: depth, window, profile, seed,
    }); // prettier-ignore
    const after = depthField(backend(), {
      volume: deviceVolumeFromF32(real, grid.sizeIjk), grid, thresholdStored: -400, window,
    }); // prettier-ignore
    const result = {
      volume,
      profile,
      covers: await f32(backend(), depth),
      real: await f32(backend(), real),
      altered: new Uint32Array(await backend().read(altered)),
      seenMm: await f32(backend(), after.depthMm),
    };
    for (const buffer of [depth, real, altered, after.depthMm, after.valid]) backend().release(buffer);
    releaseVolume(backend(), device);
    release();
    return result;
  };

  it('fills between cover and skin by depth, with noise, and touches nothing else', async () => {
    const { volume, profile, covers, real, altered } = await filledFace(7);
    const [ni, nj] = grid.sizeIjk;
    const words = wordsPerRow(ni);
    const linear = (at: (pixel: number) => number, u: number, v: number): number => {
      const [cu, cv] = [Math.min(Math.floor(u), nu - 2), Math.min(Math.floor(v), nv - 2)];
      const [wu, wv] = [u - cu, v - cv];
      const pixel = cv * nu + cu;
      const above = (1 - wu) * at(pixel) + wu * at(pixel + 1);
      return (1 - wv) * above + wv * ((1 - wu) * at(pixel + nu) + wu * at(pixel + nu + 1));
    };
    const scores: number[] = [];
    const wrong: string[] = [];
    for (let at = 0; at < real.length; at++) {
      const row = Math.floor(at / ni);
      const k = Math.floor(row / nj);
      const [u, v, depth] = inWindow(ijkToLps(grid, [at % ni, row % nj, k]), window);
      const isAltered = ((altered[row * words + ((at % ni) >>> 5)] >>> ((at % ni) & 31)) & 1) === 1;
      const own = (volume.voxels[at] as number) * volume.rescale.slopePerK[k] + volume.rescale.interceptPerK[k];
      if (!isAltered && !(Math.abs(real[at] - own) < 2e-4)) wrong.push(`voxel ${at} was ${own}, is ${real[at]}`);
      if (u < 0 || v < 0 || u > nu - 1 || v > nv - 1) {
        if (isAltered) wrong.push(`voxel ${at} is beside the window`);
        continue;
      }
      const skin = linear((pixel) => skinDepth(pixel % nu, Math.floor(pixel / nu)), u, v);
      const cover = linear((pixel) => covers[pixel], u, v);
      // Positions round to 0.01 mm at most.
      if (Math.min(Math.abs(depth - skin), Math.abs(depth - cover)) < 0.01) continue;
      const isFree = depth > cover && depth < skin && (volume.voxels[at] as number) < -120;
      if (isAltered !== isFree) wrong.push(`voxel ${at} at ${depth} between ${cover} and ${skin}: ${isAltered}`);
      if (!isAltered) continue;
      const x = Math.min(Math.max((depth - cover) / profile.binMm - 0.5, 0), profile.means.length - 1);
      scores.push((real[at] - (20 + 10 * x)) / 8);
    }
    expect(wrong).toEqual([]);
    // The sum of four uniform numbers ends at √12.
    expect(Math.max(...scores.map(Math.abs))).toBeLessThan(Math.sqrt(12) + 0.01);
    const n = scores.length;
    expect(n).toBeGreaterThan(500);
    expect(Math.abs(scores.reduce((sum, z) => sum + z, 0) / n)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(scores.reduce((sum, z) => sum + z * z, 0) / n - 1)).toBeLessThan(7 / Math.sqrt(n));
  });

  it('shows the cover instead of the nose to who looks for the first surface', async () => {
    const { covers, seenMm } = await filledFace(7);
    for (let v = 12; v < 31; v++) {
      for (let u = 16; u < 35; u++) {
        if (Math.hypot(u - 25, v - 21) > 9) continue;
        // Voxels of 1.1 × 0.9 × 1.4 mm, with a diagonal of 2 mm, are filled whole.
        expect(Math.abs(seenMm[v * nu + u] - covers[v * nu + u])).toBeLessThan(2);
      }
    }
  });

  it('draws the same noise from the same seed and other noise from another', async () => {
    const [first, again, other] = [await filledFace(7), await filledFace(7), await filledFace(8)];
    expect(again.real).toEqual(first.real);
    expect(other.altered).toEqual(first.altered);
    expect(other.real).not.toEqual(first.real);
  });

  it('refuses distances, bins and profiles that are none', async () => {
    const none = backend().createBuffer('none', 4 * perRow * nv);
    const skin = { depthMm: none, valid: none };
    const volume = deviceVolumeFromF32(none, grid.sizeIjk);
    const rescale = uniformRescale(40, 1, 0);
    for (const wrong of [{ coverMm: -1 }, { rampMm: NaN }])
      expect(() => coverDepth(backend(), { skin, window, gap: none, coverMm: 2, rampMm: 2, ...wrong })).toThrow(
        RangeError,
      );
    const request = { volume, grid, rescale, skin, window, gap: none, binMm: 1, binCount: 4, low: 0, high: 1 };
    for (const wrong of [{ binMm: 0 }, { binCount: 257 }, { high: 0 }])
      await expect(readSkinProfile(backend(), { ...request, ...wrong })).rejects.toThrow(RangeError);
    const profile = { binMm: 1, means: new Float64Array(0), spreads: new Float64Array(0) };
    const fill = { volume, grid, rescale, thresholdStored: 0, skin, coverDepthMm: none, window, profile, seed: 1 };
    expect(() => fillCover(backend(), fill)).toThrow(RangeError);
    backend().release(none);
  });
});
