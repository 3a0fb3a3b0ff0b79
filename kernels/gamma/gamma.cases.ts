import { defineCases, GRID_SIZES, type KernelCase, type KernelCases, randomF32 } from '@efface/compute/testing';
import { type Vec3 } from '@efface/volume';
import { inSmallWorkgroups } from '../shared/small-workgroups.ts';
import { type GammaStepsBinding, type GammaStepsParams } from './gamma-steps.gen.ts';
import { gammaSteps } from './gamma-steps.ts';
import { NO_DOSE } from './gamma-term.cpu.ts';
import { type GammaVoxelsBinding, type GammaVoxelsParams } from './gamma-voxels.gen.ts';
import { gammaVoxels } from './gamma-voxels.ts';

/** The pair of doses of the SlicerRT gamma test, 2.5 mm: what is timed. */
const SLICERRT_SIZE: Vec3 = [176, 88, 136];

const FRACTION_BITS = 18;

interface GammaCase {
  readonly isLocal?: boolean;
  readonly cap?: number;
  readonly tolerance?: number;
  /** Share of evaluated voxels without a dose. */
  readonly hidden?: number;
}

/** Balls of 2.5 mm voxels around the nearest, in units of 3 mm, nearest first; coordinates times `unit`. */
function ball(cap: number, stepMm: number, unit: number): Int32Array {
  const n = Math.ceil((3 * cap) / stepMm);
  const entries: [number, number, number, number][] = [];
  for (let k = -n; k <= n; k++)
    for (let j = -n; j <= n; j++)
      for (let i = -n; i <= n; i++) {
        const squared = ((i * i + j * j + k * k) * stepMm * stepMm) / 9;
        if (squared < cap * cap) entries.push([i, j, k, squared]);
      }
  entries.sort((a, b) => a[3] - b[3]);
  const table = new Int32Array(4 * entries.length);
  const squares = new Float32Array(table.buffer);
  entries.forEach(([i, j, k, squared], at) => {
    table.set([i, j, k].map((v) => Math.round(v * unit)), 4 * at);
    squares[4 * at + 3] = squared;
  }); // prettier-ignore
  return table;
}

/** A smooth dose of up to 60 Gy with some noise, so that searches go some way. */
function doses(seed: number, [ni, nj, nk]: Vec3, shift: number): Float32Array {
  const noise = randomF32(seed, ni * nj * nk, -1.5, 1.5);
  return noise.map((value, n) => {
    const [i, j, k] = [n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))];
    const [x, y, z] = [(i + shift) / ni - 0.5, (j - shift) / nj - 0.5, k / nk - 0.5];
    return Math.max(0, 60 * Math.exp(-6 * (x * x + y * y + z * z)) + value);
  });
}

function voxelsCase(
  sizeIjk: Vec3,
  { isLocal = false, cap = 2, tolerance = isLocal ? 0.03 : 1.8, hidden = 0 }: GammaCase = {},
): KernelCase<GammaVoxelsParams, GammaVoxelsBinding> {
  const offsets = ball(cap, 2.5, 1);
  const params = { sizeIjk, offsetCount: offsets.length / 4, threshold: 6, perTolerance: 1 / tolerance, cap };
  return {
    id: `size=[${sizeIjk.join(',')}];cap=${cap};tolerance=${tolerance}${isLocal ? ';local' : ''};hidden=${hidden}`,
    params,
    constants: { IS_LOCAL: isLocal ? 1 : 0 },
    buffers: (seed) => {
      const evaluated = doses(seed + 1, sizeIjk, 0.4);
      const chance = randomF32(seed + 2, evaluated.length, 0, 1);
      return {
        reference: { init: doses(seed, sizeIjk, 0) },
        evaluated: { init: evaluated.map((gy, n) => (chance[n] < hidden ? NO_DOSE : gy)) },
        offsets: { init: offsets },
        dst: { sizeBytes: 4 * evaluated.length },
      };
    },
  };
}

/** Where reference voxels lie on the evaluated grid, in its voxels. */
const MAPS = {
  same: [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
  oblique: [[3, -2, 1], [0.8, 0.5, -0.1], [-0.5, 0.8, 0.2], [0.1, -0.2, 0.95]],
  outside: [[900, 900, 900], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
} as const; // prettier-ignore

function stepsCase(
  sizeIjk: Vec3,
  evaluatedSizeIjk: Vec3,
  map: keyof typeof MAPS,
  steps: number,
  { isLocal = false, cap = 1.5, tolerance = isLocal ? 0.03 : 1.8 }: GammaCase = {},
): KernelCase<GammaStepsParams, GammaStepsBinding> {
  const offsets = ball(cap, 3 / steps, (3 / steps / 2.5) * 2 ** FRACTION_BITS);
  const fixed = (v: readonly number[]): Vec3 => v.map((x) => Math.round(x * 2 ** FRACTION_BITS)) as unknown as Vec3;
  const [origin, stepI, stepJ, stepK] = MAPS[map].map(fixed);
  return {
    id: `size=[${sizeIjk.join(',')}];evaluated=[${evaluatedSizeIjk.join(',')}];map=${map};steps=${steps};cap=${cap};tolerance=${tolerance}${isLocal ? ';local' : ''}`,
    params: {
      sizeIjk, offsetCount: offsets.length / 4, evaluatedSizeIjk, threshold: 6, origin, perTolerance: 1 / tolerance,
      stepI, cap, stepJ, stepK,
    },
    constants: { IS_LOCAL: isLocal ? 1 : 0, FRACTION_BITS },
    buffers: (seed) => ({
      reference: { init: doses(seed, sizeIjk, 0) },
      evaluated: { init: doses(seed + 1, evaluatedSizeIjk, 0.4) },
      offsets: { init: offsets },
      dst: { sizeBytes: 4 * sizeIjk[0] * sizeIjk[1] * sizeIjk[2] },
    }),
  }; // prettier-ignore
}

export const cases: KernelCases[] = [
  defineCases(gammaVoxels, {
    eval: [
      ...GRID_SIZES.map((size) => voxelsCase(size)),
      voxelsCase([17, 16, 15], { isLocal: true }),
      voxelsCase([17, 16, 15], { cap: 4, hidden: 0.5 }),
      voxelsCase([9, 8, 7], { hidden: 1 }),
      // The search reaches beyond the grid on every side.
      voxelsCase([3, 4, 5], { cap: 6, tolerance: 0.02 }),
      voxelsCase([9, 8, 7], { tolerance: 1e6 }),
      inSmallWorkgroups(voxelsCase([257, 2, 129], { cap: 1 })),
    ],
    perf: [SLICERRT_SIZE, [256, 256, 256] as const].map((size) => voxelsCase(size)),
  }),
  defineCases(gammaSteps, {
    eval: [
      ...GRID_SIZES.map((size) => stepsCase(size, size, 'same', 3)),
      stepsCase([12, 11, 10], [13, 12, 9], 'oblique', 4),
      stepsCase([12, 11, 10], [13, 12, 9], 'oblique', 2, { isLocal: true, cap: 2 }),
      stepsCase([9, 8, 7], [5, 1, 1], 'same', 3),
      stepsCase([9, 8, 7], [9, 8, 7], 'outside', 2),
      inSmallWorkgroups(stepsCase([257, 2, 129], [257, 2, 129], 'same', 1, { cap: 1 })),
    ],
    perf: [stepsCase(SLICERRT_SIZE, SLICERRT_SIZE, 'same', 10, { cap: 1 })],
  }),
];
