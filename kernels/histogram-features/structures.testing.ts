import { type DeviceFormat } from '@efface/compute';
import { Random } from '@efface/compute/testing';
import { maskFromNonzero, type Vec3 } from '@efface/volume';
import { randomStored } from '../shared/volume-case.ts';

/** Labels of random runs: about `share` of the voxels carry one to all of the structures' bits, overlaps included. */
export function randomLabels(seed: number, count: number, structureCount: number, share: number): Uint32Array {
  const random = new Random(seed);
  const all = 0xffffffff >>> (32 - structureCount);
  const labels = new Uint32Array(count);
  for (let at = 0; at < count;) {
    const length = Math.min(count - at, random.nextInteger(1, 40));
    const isInside = random.nextF32() < share;
    const one = (1 << random.nextInteger(0, structureCount - 1)) >>> 0;
    const pick = random.nextInteger(0, 5);
    if (isInside) labels.fill(pick === 0 ? all : pick === 1 ? (random.nextU32() & all) >>> 0 : one, at, at + length);
    at += length;
  }
  return labels;
}

/** Labels of overlapping balls, the first as large as a brain, the others as glands: 11 % of the voxels for twelve. */
export function ballLabels(seed: number, sizeIjk: Vec3, structureCount: number): Uint32Array {
  const random = new Random(seed);
  const labels = new Uint32Array(sizeIjk[0] * sizeIjk[1] * sizeIjk[2]);
  for (let structure = 0; structure < structureCount; structure++)
    addBall(labels, sizeIjk, random, structure === 0 ? 0.28 : 0.06 + 0.05 * random.nextF32(), structure);
  return labels;
}

/** Mask of a ball anywhere: as large as a brain (9 % of the voxels) or as a gland. */
export function ballMask(seed: number, sizeIjk: Vec3, isLarge: boolean): Uint32Array {
  const labels = new Uint32Array(sizeIjk[0] * sizeIjk[1] * sizeIjk[2]);
  addBall(labels, sizeIjk, new Random(seed), isLarge ? 0.28 : 0.08, 0);
  return maskFromNonzero(sizeIjk, labels).words;
}

/** Sets a bit in a ball somewhere inside the volume; `radius` in parts of each side. */
function addBall(labels: Uint32Array, sizeIjk: Vec3, random: Random, radius: number, structure: number): void {
  const [ni, nj, nk] = sizeIjk;
  const centre = [0, 1, 2].map(() => radius + (1 - 2 * radius) * random.nextF32());
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++) {
      const y = (j + 0.5) / nj - centre[1];
      const z = (k + 0.5) / nk - centre[2];
      const half = Math.sqrt(Math.max(0, radius * radius - y * y - z * z));
      const row = (k * nj + j) * ni;
      const last = Math.floor((centre[0] + half) * ni);
      for (let i = Math.ceil((centre[0] - half) * ni); i < last; i++) labels[row + i] |= 1 << structure;
    }
}

/** Stored voxels of a format in [low, high], and a copy in which about a fifth was replaced: half noise, half air. */
export function randomPair(
  seed: number,
  format: DeviceFormat,
  count: number,
  low: number,
  high: number,
): { readonly original: ArrayBufferView; readonly defaced: ArrayBufferView } {
  const original = randomStored(seed, format, count, low, high) as Int16Array;
  const noise = randomStored(seed + 1, format, count, low, high) as Int16Array;
  const defaced = original.slice();
  const random = new Random(seed + 2);
  for (let at = 0; at < count;) {
    const end = Math.min(count, at + random.nextInteger(1, 100));
    const what = random.nextInteger(0, 9);
    if (what === 0) defaced.fill(low, at, end);
    if (what === 1) defaced.set(noise.subarray(at, end), at);
    at = end;
  }
  return { original, defaced };
}
