import { uploadVolume } from '@efface/compute';
import { Random } from '@efface/compute/testing';
import { distanceMm, firstOrderOfStructures } from '@efface/kernels';
import {
  allocateShared,
  allocateVoxels,
  type Grid,
  uniformRescale,
  type Vec3,
  voxelCount,
  wordsPerRow,
} from '@efface/volume';
import { type Operation } from './operation.ts';

/** Distance to 400 seeds, against a search through all of them. */
function distance(sizeIjk: Vec3): Operation {
  const spacingMm: Vec3 = [0.9, 1.1, 1.5];
  const seedCount = 400;
  const distanceBetween = (a: Vec3, b: Vec3) => Math.hypot(...a.map((x, axis) => (x - b[axis]) * spacingMm[axis]));
  return {
    id: `distance:size=[${sizeIjk.join(',')}]`,
    goalMs: { cpu: 1000 },
    prepare: (backend) => {
      const [ni, nj, nk] = sizeIjk;
      const random = new Random(1);
      const anywhere = (): Vec3 => [random.nextInteger(0, ni - 1), random.nextInteger(0, nj - 1), random.nextInteger(0, nk - 1)]; // prettier-ignore
      const seeds = Array.from({ length: seedCount }, anywhere);
      const perRow = wordsPerRow(ni);
      const bits = new Uint32Array(allocateShared(4 * perRow * nj * nk));
      for (const [i, j, k] of seeds) bits[(k * nj + j) * perRow + (i >> 5)] |= 1 << (i & 31);
      const mask = backend.createBuffer('seeds', bits.byteLength, bits);
      const start = () => distanceMm(backend, { mask, sizeIjk, spacingMm });
      return {
        run: () => {
          backend.release(start());
        },
        check: async () => {
          const dst = start();
          const found = new Float32Array(await backend.read(dst));
          backend.release(dst);
          for (let n = 0; n < 3000; n++) {
            const [i, j, k] = anywhere();
            const expected = Math.min(...seeds.map((seed) => distanceBetween(seed, [i, j, k])));
            const mm = found[(k * nj + j) * ni + i];
            if (!(Math.abs(mm - expected) <= 1e-5 * expected))
              return `${mm} mm at (${i}, ${j}, ${k}); the nearest seed is ${expected} mm away`;
          }
          return undefined;
        },
      };
    },
  };
}

/** Blocks of a ramp along i, one for each of 32 structures; the defaced volume is 10 higher in one. */
function features(sizeIjk: Vec3): Operation {
  const structureCount = 32;
  const changed = 5;
  return {
    id: `first-order:size=[${sizeIjk.join(',')}];structures=${structureCount}`,
    prepare: (backend) => {
      const [ni, nj, nk] = sizeIjk;
      const grid: Grid = { sizeIjk, affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
      const before = allocateVoxels('i16', voxelCount(grid)) as Int16Array;
      const after = allocateVoxels('i16', voxelCount(grid)) as Int16Array;
      const labels = new Uint32Array(allocateShared(4 * voxelCount(grid)));
      // The middle half of every axis holds structures, in layers along k.
      const [i0, i1, j0, j1] = [ni >> 2, (3 * ni) >> 2, nj >> 2, (3 * nj) >> 2];
      const layer = Math.floor(nk / 2 / structureCount);
      for (let k = 0, n = 0; k < nk; k++) {
        const structure = Math.floor((k - (nk >> 2)) / layer);
        for (let j = 0; j < nj; j++)
          for (let i = 0; i < ni; i++, n++) {
            before[n] = after[n] = i - 100;
            if (structure < 0 || structure >= structureCount || i < i0 || i >= i1 || j < j0 || j >= j1) continue;
            labels[n] = 1 << structure;
            if (structure === changed) after[n] += 10;
          }
      }
      const volume = (voxels: Int16Array) => ({ grid, type: 'i16' as const, voxels, rescale: uniformRescale(nk, 1, 0), modality: 'CT' as const, unit: 'HU' as const }); // prettier-ignore
      const request = {
        original: uploadVolume(backend, 'original', volume(before)),
        defaced: uploadVolume(backend, 'defaced', volume(after)),
        labels: backend.createBuffer('labels', labels.byteLength, labels),
        structureCount,
        voxelVolumeMm3: 1,
      };
      return {
        run: async () => {
          await firstOrderOfStructures(backend, request);
        },
        check: async () => {
          const found = await firstOrderOfStructures(backend, request);
          const width = i1 - i0;
          const mean = i0 - 100 + (width - 1) / 2;
          const variance = (width * width - 1) / 12;
          const isNear = (a: number | undefined, b: number) => a !== undefined && Math.abs(a - b) <= 1e-9 * Math.abs(b);
          const wrong = found.findIndex(({ voxelCount: count, changedVoxelCount, original, defaced }, r) => {
            const size = width * (j1 - j0) * layer;
            const shift = r === changed ? 10 : 0;
            return !(
              count === size &&
              changedVoxelCount === (shift === 0 ? 0 : size) &&
              isNear(original?.mean, mean) &&
              isNear(original?.variance, variance) &&
              isNear(defaced?.mean, mean + shift) &&
              isNear(defaced?.variance, variance)
            );
          });
          return wrong < 0 ? undefined : `structure ${wrong} is not the ramp's: ${JSON.stringify(found[wrong])}`;
        },
      };
    },
  };
}

export const maskOperations: readonly Operation[] = [distance([256, 256, 256]), features([512, 512, 300])];
