import { defineCases, GRID_SIZES, type KernelCase, type KernelCases, PERF_SIZES, Random, randomMask, randomU32 } from '@efface/compute/testing'; // prettier-ignore
import { type Vec3, wordsPerRow } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { FIXED_ONE, type PlacedContour } from './contour-slices.ts';
import { type ExtractLabelBinding, type ExtractLabelParams } from './extract-label.gen.ts';
import { extractLabel } from './extract-label.ts';
import { type InsertLabelBinding, type InsertLabelParams } from './insert-label.gen.ts';
import { insertLabel } from './insert-label.ts';
import { type RasterTogglesBinding, type RasterTogglesParams } from './raster-toggles.gen.ts';
import { rasterToggles } from './raster-toggles.ts';
import { REGION_BITS, type ToggleTable, ToggleCollector } from './toggle-table.ts';

type TogglesCase = KernelCase<RasterTogglesParams, RasterTogglesBinding>;

function togglesCase(
  id: string,
  sizeIjk: Vec3,
  toggleCount: number,
  table: (seed: number) => ToggleTable,
): TogglesCase {
  const [sizeI, nj, nk] = sizeIjk;
  return {
    id: `size=[${sizeIjk.join(',')}];${id}`,
    params: { sizeI, rows: nj * nk, toggleCount },
    buffers: (seed) => {
      const { rowStart, toggles } = table(seed);
      const dst = { sizeBytes: 4 * sizeI * nj * nk };
      return { rowStart: { init: rowStart }, toggles: { init: toggles }, dst };
    },
  };
}

/** `perRow` toggles at random in each row but every third, all regions; the first voxel gets more than its share. */
function randomToggles(sizeIjk: Vec3, perRow: number): TogglesCase {
  const [ni, nj, nk] = sizeIjk;
  const rows = nj * nk;
  const filled = Array.from({ length: rows + 1 }, (_, row) => perRow * (row - Math.floor(row / 3)));
  return togglesCase(`toggles=${perRow}`, sizeIjk, filled[rows], (seed) => {
    const random = new Random(seed);
    const toggles = new Uint32Array(Math.max(1, filled[rows]));
    for (let t = 0; t < filled[rows]; t++) {
      const i = Math.max(0, random.nextInteger(Math.floor(-ni / 8), ni - 1));
      toggles[t] = (i << REGION_BITS) | random.nextInteger(0, 31);
    }
    return { rowStart: Uint32Array.from(filled), toggles };
  });
}

/** Regular polygon of about a voxel per edge around the middle of a slice, as clinical contours are. */
function ring([ni, nj]: Vec3, k: number, region: number): PlacedContour {
  const radius = (Math.min(ni, nj) * (1 + (region % 4))) / 12;
  const n = Math.max(3, Math.round(2 * Math.PI * radius));
  const us = new Float64Array(n);
  const vs = new Float64Array(n);
  for (let p = 0; p < n; p++) {
    const angle = (2 * Math.PI * p) / n;
    us[p] = Math.round(FIXED_ONE * (ni / 2 + (region - 6) * 3 + radius * Math.cos(angle)));
    vs[p] = Math.round(FIXED_ONE * (nj / 2 + (k % 7) + radius * Math.sin(angle)));
  }
  return { k, us, vs };
}

function ringsTable(sizeIjk: Vec3): ToggleTable {
  const collector = new ToggleCollector(sizeIjk);
  for (let k = 0; k < sizeIjk[2]; k++) for (let r = 0; r < 12; r++) collector.add(r, ring(sizeIjk, k, r));
  return collector.table();
}

/** Twelve organs on every slice; an even ring crosses each row between its lowest and highest vertex twice. */
function ringsCase(sizeIjk: Vec3): TogglesCase {
  let toggleCount = 0;
  for (let k = 0; k < sizeIjk[2]; k++) {
    for (let r = 0; r < 12; r++) {
      const vs = ring(sizeIjk, k, r).vs;
      toggleCount += 2 * (Math.ceil(Math.max(...vs) / FIXED_ONE) - Math.ceil(Math.min(...vs) / FIXED_ONE));
    }
  }
  return togglesCase('regions=12', sizeIjk, toggleCount, () => ringsTable(sizeIjk));
}

function extractCase(sizeIjk: Vec3, label: number): KernelCase<ExtractLabelParams, ExtractLabelBinding> {
  const [ni, nj, nk] = sizeIjk;
  const perRow = wordsPerRow(ni);
  return {
    id: `size=[${sizeIjk.join(',')}];label=${label}`,
    params: { sizeIjk, wordsPerRow: perRow, label },
    buffers: (seed) => ({
      labels: { init: randomU32(seed, ni * nj * nk) },
      dst: { sizeBytes: 4 * perRow * nj * nk },
    }),
  };
}

function insertCase(sizeIjk: Vec3, label: number, density: number): KernelCase<InsertLabelParams, InsertLabelBinding> {
  const [ni, nj, nk] = sizeIjk;
  return {
    id: `size=[${sizeIjk.join(',')}];label=${label};density=${density}`,
    params: { sizeIjk, wordsPerRow: wordsPerRow(ni), label },
    buffers: (seed) => ({
      src: { init: randomMask(seed, sizeIjk, density) },
      labels: { init: randomU32(seed + 1, ni * nj * nk) },
    }),
  };
}

export const contourCases: KernelCases[] = [
  defineCases(rasterToggles, {
    eval: [
      ...GRID_SIZES.map((size) => randomToggles(size, 5)),
      // Segments of a row, one and several, and more toggles than a workgroup has invocations.
      ...[255, 256, 257, 1030].map((ni) => randomToggles([ni, 3, 2], 300)),
      randomToggles([67, 5, 3], 0),
      ringsCase([67, 61, 5]),
      inSmallWorkgroups(randomToggles([4, 65_537, 1], 1)),
    ],
    perf: PERF_SIZES.map(ringsCase),
  }),
  defineCases(extractLabel, {
    eval: [
      ...GRID_SIZES.map((size, n) => extractCase(size, (n * 7) % 32)),
      extractCase([67, 31, 7], 0),
      extractCase([67, 31, 7], 31),
      // No case has more than 65 535 workgroups: they are 32 words at least, and so many take a software GPU minutes.
    ],
    perf: PERF_SIZES.map((size) => extractCase(size, 11)),
  }),
  defineCases(insertLabel, {
    eval: [
      ...GRID_SIZES.map((size, n) => insertCase(size, (n * 7) % 32, 0.5)),
      insertCase([67, 31, 7], 0, 0),
      insertCase([67, 31, 7], 31, 1),
      inSmallWorkgroups(insertCase([3, 21_847, 1], 5, 0.3)),
    ],
    perf: PERF_SIZES.map((size) => insertCase(size, 11, 0.1)),
  }),
];
