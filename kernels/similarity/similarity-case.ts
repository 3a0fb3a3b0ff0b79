import { type CaseBuffer, type KernelCase, PERF_SIZES, randomF32, randomMask } from '@efface/compute/testing';
import { type Vec3 } from '@efface/volume';
import { blocksOf, type SampleParams, SLOTS } from './moving-sampler.ts';

const FRACTION_BITS = 18;

/** Maps in moving voxels: where sample (0, 0, 0) lies and what each step of a fixed voxel adds. */
const MAPS = {
  same: [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
  shifted: [[0.4, 0.3, 0.2], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
  oblique: [[3, -2, 1], [0.8, 0.5, -0.1], [-0.5, 0.8, 0.2], [0.1, -0.2, 0.95]],
  turned: [[-3, 2, -1], [0.98, 0.02, 0.01], [-0.02, 0.97, 0.02], [0.01, -0.02, 1.03]],
  outside: [[900, 900, 900], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
} as const; // prettier-ignore

/** What a case samples and which of the optional inputs it has. */
export interface SampleCase {
  readonly fixed: Vec3;
  readonly moving: Vec3;
  readonly map: keyof typeof MAPS;
  readonly stride?: Vec3;
  readonly block?: number;
  /** Any of d (displacement), f (fixed mask), m (moving mask), g (gradient), v (force vectors). */
  readonly with?: string;
}

/** Id, parameters, constants and shared buffers of a case; kernels add their own. */
export function sampleCase(of: SampleCase): Pick<KernelCase, 'id' | 'constants'> & {
  readonly params: SampleParams;
  readonly nFixed: number;
  readonly images: (
    seed: number,
  ) => Readonly<Record<'fixedImage' | 'movingImage' | 'displacement' | 'fixedMask' | 'movingMask', CaseBuffer>>;
  readonly sums: () => Readonly<Record<'partials' | 'forces', CaseBuffer>>;
} {
  const { fixed, moving, map, stride = [1, 1, 1], block = 4096, with: inputs = 'g' } = of;
  const [origin, stepI, stepJ, stepK] = MAPS[map].map((v, n) =>
    v.map((x) => Math.round(x * (n > 0 ? stride[n - 1] : 1) * 2 ** FRACTION_BITS)),
  ) as unknown as Vec3[];
  const one = 2 ** FRACTION_BITS;
  const params: SampleParams = {
    fixedSizeIjk: fixed,
    strideIjk: stride,
    sampleSizeIjk: fixed.map((n, d) => Math.ceil(n / stride[d])) as unknown as Vec3,
    movingSizeIjk: moving,
    origin,
    stepI,
    stepJ,
    stepK,
    perMmX: [0.9 * one, 0.1 * one, 0],
    perMmY: [-0.1 * one, 1.1 * one, 0.2 * one],
    perMmZ: [0, 0.3 * one, 0.7 * one],
    blockSamples: block,
  };
  const nFixed = fixed[0] * fixed[1] * fixed[2];
  const has = (letter: string): number => (inputs.includes(letter) ? 1 : 0);
  return {
    id: `size=[${fixed.join(',')}];moving=[${moving.join(',')}];map=${map};stride=[${stride.join(',')}];block=${block};with=${inputs}`,
    params,
    constants: {
      FRACTION_BITS,
      HAS_DISPLACEMENT: has('d'),
      HAS_FIXED_MASK: has('f'),
      HAS_MOVING_MASK: has('m'),
    },
    nFixed,
    images: (seed) => ({
      fixedImage: { init: randomF32(seed, nFixed, -100, 900) },
      movingImage: { init: randomF32(seed + 1, moving[0] * moving[1] * moving[2], -100, 900) },
      displacement: { init: has('d') ? randomF32(seed + 2, 3 * nFixed, -3, 3) : new Float32Array(4) },
      fixedMask: { init: has('f') ? randomMask(seed + 3, fixed, 0.6) : new Uint32Array(4) },
      movingMask: { init: has('m') ? randomMask(seed + 4, moving, 0.6) : new Uint32Array(4) },
    }),
    sums: () => ({
      partials: { sizeBytes: 4 * SLOTS * blocksOf(params) },
      forces: { sizeBytes: has('v') ? 12 * nFixed : 16 },
    }),
  };
}

/** Constants of kernels that sum forces. */
export function forceConstants({ with: inputs = 'g' }: SampleCase): Readonly<Record<string, number>> {
  return { HAS_GRADIENT: inputs.includes('g') ? 1 : 0, HAS_FORCES: inputs.includes('v') ? 1 : 0 };
}

/** Small and odd: one voxel, thin and prime grids, every optional input, nothing that overlaps, a lattice. */
export const EVAL_SAMPLES: readonly SampleCase[] = [
  { fixed: [1, 1, 1], moving: [1, 1, 1], map: 'same', with: 'gv' },
  { fixed: [31, 3, 2], moving: [31, 3, 2], map: 'same', with: 'gv' },
  { fixed: [33, 17, 5], moving: [33, 17, 5], map: 'turned', with: 'gv' },
  { fixed: [33, 17, 5], moving: [33, 17, 5], map: 'turned', with: '' },
  { fixed: [33, 17, 5], moving: [29, 19, 11], map: 'oblique', with: 'dfmgv' },
  { fixed: [33, 17, 5], moving: [29, 19, 11], map: 'oblique', with: 'dg', block: 100 },
  { fixed: [13, 11, 7], moving: [13, 11, 7], map: 'outside', with: 'gv' },
  { fixed: [37, 23, 11], moving: [33, 21, 12], map: 'shifted', with: 'fgv', stride: [3, 2, 1] },
  { fixed: [1, 64, 3], moving: [40, 64, 1], map: 'same', with: 'mgv' },
];

/** More workgroups than one dimension of a dispatch holds. */
export const MANY_BLOCKS: SampleCase = {
  fixed: [32, 2049, 1],
  moving: [33, 2000, 1],
  map: 'same',
  with: 'g',
  block: 1,
};

/** Value alone, value and gradient, and forces under a displacement. */
export const PERF_SAMPLES: readonly SampleCase[] = PERF_SIZES.flatMap((size) =>
  ['', 'g', 'dv'].map((inputs): SampleCase => ({ fixed: size, moving: size, map: 'turned', with: inputs })),
);
