import { uploadVolume } from '@efface/compute';
import { Random } from '@efface/compute/testing';
import { type Contour, distanceMm, firstOrderOfStructures, rasterContours } from '@efface/kernels';
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

/** Points of every contour and slices of every region: those of organs drawn by hand on a planning CT. */
const CONTOUR_POINTS = 200;
const REGION_SLICES = 60;

/** Regions whose contours are diamonds about a voxel centre: 2r² + 2r + 1 voxels each where they end half a voxel further. */
function contours(sizeIjk: Vec3, regionCount: number): Operation {
  const [ni, nj, nk] = sizeIjk;
  const grid: Grid = { sizeIjk, affineIjkToLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] };
  const radius = (region: number): number => 20 + 2 * region;
  const diamond = (region: number, k: number): Contour => {
    const pointsLps = new Float64Array(3 * CONTOUR_POINTS);
    const [x, y, r] = [ni >> 1, nj >> 1, radius(region) + 0.5];
    for (let n = 0; n < CONTOUR_POINTS; n++) {
      const turn = (4 * n) / CONTOUR_POINTS;
      const along = turn % 1;
      const [dx, dy] = [[1 - along, along], [-along, 1 - along], [along - 1, -along], [along, along - 1]][Math.floor(turn)]; // prettier-ignore
      pointsLps.set([x + r * dx, y + r * dy, k], 3 * n);
    }
    return { type: 'CLOSED_PLANAR', pointsLps };
  };
  return {
    id: `contours:size=[${sizeIjk.join(',')}];regions=${regionCount}`,
    goalMs: { cpu: 1000 },
    prepare: (backend) => {
      const regions = Array.from({ length: regionCount }, (_, region) => {
        const first = (region * 3) % (nk - REGION_SLICES);
        return Array.from({ length: REGION_SLICES }, (__, n) => diamond(region, first + n));
      });
      return {
        run: () => backend.release(rasterContours(backend, { grid, regions }).labels),
        check: async () => {
          const { labels } = rasterContours(backend, { grid, regions });
          const words = new Uint32Array(await backend.read(labels));
          backend.release(labels);
          const counts = new Uint32Array(regionCount);
          for (const word of words)
            for (let rest = word; rest !== 0; rest &= rest - 1) counts[31 - Math.clz32(rest & -rest)]++;
          const wrong = counts.findIndex((count, n) => {
            const r = radius(n);
            return count !== REGION_SLICES * (2 * r * r + 2 * r + 1);
          });
          return wrong < 0 ? undefined : `region ${wrong} has ${counts[wrong]} voxels`;
        },
      };
    },
  };
}

export const maskOperations: readonly Operation[] = [
  distance([256, 256, 256]),
  features([512, 512, 300]),
  contours([512, 512, 200], 30),
];
