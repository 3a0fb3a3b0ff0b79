import { allocateShared, type Grid, type Vec3 } from '@efface/volume';
import { gammaIndex } from '@efface/kernels';
import { type Operation } from './operation.ts';

const SPACING_MM = 2.5;

/**
 * Gamma of 3 %, 3 mm, capped at 2, of a plan against itself moved by one voxel along i: 60 Gy in a ball, falling off by
 * 1 Gy/mm outside. Inside, and where the ramp is, nothing fails: one voxel is nearer than 3 mm.
 */
function gamma(sizeIjk: Vec3): Operation {
  const [ni, nj, nk] = sizeIjk;
  const count = ni * nj * nk;
  const grid: Grid = { sizeIjk, affineIjkToLps: [SPACING_MM, 0, 0, 0, 0, SPACING_MM, 0, 0, 0, 0, SPACING_MM, 0] };
  const radiusMm = (SPACING_MM * Math.min(ni, nj, nk)) / 4;
  const plan = (moved: number): Float32Array => {
    const gy = new Float32Array(allocateShared(4 * count));
    for (let k = 0, n = 0; k < nk; k++)
      for (let j = 0; j < nj; j++)
        for (let i = 0; i < ni; i++, n++) {
          const distanceMm = SPACING_MM * Math.hypot(i - moved - ni / 2, j - nj / 2, k - nk / 2);
          gy[n] = Math.max(0, 60 - Math.max(0, distanceMm - radiusMm));
        }
    return gy;
  };
  return {
    id: `gamma:size=[${sizeIjk.join(',')}]`,
    goalMs: { cpu: 2000 },
    prepare: (backend) => {
      const [a, b] = [plan(0), plan(1)];
      const reference = backend.createBuffer('reference', a.byteLength, a);
      const evaluated = backend.createBuffer('evaluated', b.byteLength, b);
      const criteria = { distanceMm: 3, tolerance: { globalGy: 1.8 }, thresholdGy: 6, cap: 2 };
      const start = () =>
        gammaIndex(backend, { reference, referenceGrid: grid, evaluated, evaluatedGrid: grid, ...criteria });
      return {
        run: () => backend.release(start()),
        check: async () => {
          const dst = start();
          const found = new Float32Array(await backend.read(dst), 0, count);
          backend.release(dst);
          // The voxel that has moved is a candidate 2.5 mm away, except from the last one of a row.
          const most = SPACING_MM / 3 + 1e-6;
          const wrong = found.findIndex((value, n) =>
            a[n] < 6 ? value !== -1 : !(value >= 0 && (n % ni === ni - 1 || value <= most)),
          );
          return wrong < 0 ? undefined : `voxel ${wrong} has a gamma of ${found[wrong]}`;
        },
      };
    },
  };
}

/** The size of the pair of doses of SlicerRT's gamma test. */
export const doseOperations: readonly Operation[] = [gamma([176, 88, 136])];
