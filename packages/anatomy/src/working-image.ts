import { type Backend, type DeviceVolume } from '@efface/compute';
import { resample } from '@efface/kernels';
import { type Grid, ijkToLps, spacingMm, type Vec3, type Volume, voxelCount } from '@efface/volume';

/**
 * A small copy of a scan in host memory, in real units, on an isotropic grid whose axes are the patient's: i grows to
 * the left, j to posterior, k to superior. Everything in this package looks at the scan through it.
 */
export interface WorkingImage extends Sampled {
  readonly grid: Grid;
  readonly values: Float32Array;
}

/** Values on an isotropic grid along the patient's axes. */
export interface Sampled {
  readonly sizeIjk: Vec3;
  readonly spacingMm: number;
  /** LPS position of voxel (0, 0, 0), mm. */
  readonly originLps: Vec3;
  /** i fastest. */
  readonly values: Float32Array | Uint8Array;
}

/** Box in LPS, mm: smallest and largest voxel centres. */
export interface BoxLps {
  readonly low: Vec3;
  readonly high: Vec3;
}

/** The box around the outermost voxel centres of a grid. */
export function boundsLps(grid: Grid): BoxLps {
  const [ni, nj, nk] = grid.sizeIjk;
  const low: [number, number, number] = [Infinity, Infinity, Infinity];
  const high: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (const i of [0, ni - 1]) {
    for (const j of [0, nj - 1]) {
      for (const k of [0, nk - 1]) {
        const p = ijkToLps(grid, [i, j, k]);
        for (let d = 0; d < 3; d++) {
          low[d] = Math.min(low[d], p[d]);
          high[d] = Math.max(high[d], p[d]);
        }
      }
    }
  }
  return { low, high };
}

/** The part of `a` that is in `b` too; `a`'s lower corner stays on its lattice of `spacing` mm. */
export function clipBox(a: BoxLps, b: BoxLps, spacing: number): BoxLps {
  const onLattice = (d: 0 | 1 | 2): number =>
    a.low[d] + spacing * Math.max(0, Math.floor((b.low[d] - a.low[d]) / spacing));
  const highest = (d: 0 | 1 | 2): number => Math.max(onLattice(d), Math.min(a.high[d], b.high[d]));
  return { low: [onLattice(0), onLattice(1), onLattice(2)], high: [highest(0), highest(1), highest(2)] };
}

/** Patient-aligned isotropic grid from `box.low` up to `box.high`. */
export function workingGrid(box: BoxLps, spacing: number): Grid {
  const size = (d: 0 | 1 | 2): number => Math.max(2, Math.floor((box.high[d] - box.low[d]) / spacing + 1e-6) + 1);
  const [l, p, s] = box.low;
  return {
    sizeIjk: [size(0), size(1), size(2)],
    affineIjkToLps: [spacing, 0, 0, l, 0, spacing, 0, p, 0, 0, spacing, s],
  };
}

/** Sub-samples per axis: thin source slices are averaged, up to 2 a side, where the working grid is coarser. */
function tapsFor(source: Grid, spacing: number): Vec3 {
  const steps = spacingMm(source);
  const direction = source.affineIjkToLps;
  const taps = (d: 0 | 1 | 2): number => {
    // Extent of one source voxel along patient axis d: the finest source step that mostly points there.
    let step = 0;
    for (const a of [0, 1, 2] as const) {
      if (Math.abs(direction[4 * d + a]) > 0.7 * steps[a]) step = steps[a];
    }
    return step > 0 ? Math.min(2, Math.max(1, Math.round(spacing / step))) : 2;
  };
  return [taps(0), taps(1), taps(2)];
}

/**
 * Value of voxels outside the scan. Far below anything real, so that even a share of it in an average says "missing";
 * a finite number, because shaders make no promise about NaN.
 */
const MISSING = -1e30;
const MISSING_BELOW = -1e25;
/** Nothing absorbs less than air: scanners write such values where they did not measure. */
const UNMEASURED_BELOW_HU = -1100;

/** Was there no voxel of the scan here? */
export function isMissing(value: number): boolean {
  return value < MISSING_BELOW;
}

/** Resamples a scan that is on the device to a working grid and reads it back. */
export async function readWorkingImage(
  backend: Backend,
  volume: Volume,
  device: DeviceVolume,
  grid: Grid,
): Promise<WorkingImage> {
  const spacing = grid.affineIjkToLps[0];
  const buffer = resample(backend, {
    source: device,
    sourceGrid: volume.grid,
    rescale: volume.rescale,
    targetGrid: grid,
    interpolation: 'trilinear',
    outsideValue: MISSING,
    tapsPerAxis: tapsFor(volume.grid, spacing),
  });
  const values = new Float32Array(await backend.read(buffer), 0, voxelCount(grid));
  backend.release(buffer);
  if (volume.modality === 'CT' && volume.unit === 'HU') {
    for (let n = 0; n < values.length; n++) if (values[n] < UNMEASURED_BELOW_HU) values[n] = MISSING;
  }
  const m = grid.affineIjkToLps;
  return { grid, sizeIjk: grid.sizeIjk, spacingMm: spacing, originLps: [m[3], m[7], m[11]], values };
}

/** Trilinear value at a point (LPS, mm); NaN where one of the voxels around it is missing. */
export function sampleLps(image: Sampled, x: number, y: number, z: number): number {
  const [ni, nj, nk] = image.sizeIjk;
  const p = (x - image.originLps[0]) / image.spacingMm;
  const q = (y - image.originLps[1]) / image.spacingMm;
  const r = (z - image.originLps[2]) / image.spacingMm;
  if (!(p >= 0 && q >= 0 && r >= 0 && p <= ni - 1 && q <= nj - 1 && r <= nk - 1)) return NaN;
  const i = Math.min(ni - 2, Math.floor(p));
  const j = Math.min(nj - 2, Math.floor(q));
  const k = Math.min(nk - 2, Math.floor(r));
  const fp = p - i;
  const fq = q - j;
  const fr = r - k;
  const v = image.values;
  const b = (k * nj + j) * ni + i;
  const slice = ni * nj;
  const c00 = v[b] + fp * (v[b + 1] - v[b]);
  const c10 = v[b + ni] + fp * (v[b + ni + 1] - v[b + ni]);
  const c01 = v[b + slice] + fp * (v[b + slice + 1] - v[b + slice]);
  const c11 = v[b + slice + ni] + fp * (v[b + slice + ni + 1] - v[b + slice + ni]);
  const c0 = c00 + fq * (c10 - c00);
  const c1 = c01 + fq * (c11 - c01);
  const value = c0 + fr * (c1 - c0);
  return value < MISSING_BELOW ? NaN : value;
}

/** Index of the lowest of the eight values around a point (LPS, mm); −1 beyond the image. */
function cellAt({ sizeIjk: [ni, nj, nk], originLps, spacingMm }: Sampled, x: number, y: number, z: number): number {
  const p = (x - originLps[0]) / spacingMm;
  const q = (y - originLps[1]) / spacingMm;
  const r = (z - originLps[2]) / spacingMm;
  if (!(p >= 0 && q >= 0 && r >= 0 && p <= ni - 1 && q <= nj - 1 && r <= nk - 1)) return -1;
  return (Math.min(nk - 2, Math.floor(r)) * nj + Math.min(nj - 2, Math.floor(q))) * ni + Math.min(ni - 2, Math.floor(p)); // prettier-ignore
}

/** Whether `sampleLps` gives a number at a point. */
export function isMeasuredLps(image: Sampled, x: number, y: number, z: number): boolean {
  const n = cellAt(image, x, y, z);
  if (n < 0) return false;
  const [ni, nj] = image.sizeIjk;
  const v = image.values;
  const far = n + ni * nj;
  const isClear =
    v[n] >= MISSING_BELOW && v[n + 1] >= MISSING_BELOW && v[n + ni] >= MISSING_BELOW && v[n + ni + 1] >= MISSING_BELOW &&
    v[far] >= MISSING_BELOW && v[far + 1] >= MISSING_BELOW && v[far + ni] >= MISSING_BELOW && v[far + ni + 1] >= MISSING_BELOW; // prettier-ignore
  // One that is missing may have no weight, and infinite ones make no number.
  const sum = v[n] + v[n + 1] + v[n + ni] + v[n + ni + 1] + v[far] + v[far + 1] + v[far + ni] + v[far + ni + 1];
  return (isClear && Number.isFinite(sum)) || !Number.isNaN(sampleLps(image, x, y, z));
}

/** Whether a mask of values 0 and 1 has more than half of the weight at a point (LPS, mm); not beyond the image. */
export function isInsideLps(mask: Sampled, x: number, y: number, z: number): boolean {
  const n = cellAt(mask, x, y, z);
  if (n < 0) return false;
  const [ni, nj] = mask.sizeIjk;
  const v = mask.values;
  const far = n + ni * nj;
  const sum = v[n] + v[n + 1] + v[n + ni] + v[n + ni + 1] + v[far] + v[far + 1] + v[far + ni] + v[far + ni + 1];
  return sum === 8 || (sum !== 0 && sampleLps(mask, x, y, z) > 0.5);
}
