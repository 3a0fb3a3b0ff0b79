import { type Backend, releaseVolume, uploadVolume } from '@efface/compute';
import { resampleCubic } from '@efface/kernels';
import { type Affine, allocateVoxels, compose, ijkToLps, uniformRescale, type Vec3, type Volume } from '@efface/volume';
import { seededRandom } from './seeded-random.ts';

/** Largest turn of the head around each axis, degrees, and shift along it, mm: how much people lie differently. */
const MOST_DEGREES = 8;
const MOST_MM = 5;

/** Standard deviation of the added noise: of CT in HU, elsewhere as a share of the largest value. */
const NOISE_HU = 15;
const NOISE_SHARE = 0.02;

/** Turn about x, then y, then z through a point, followed by a shift. */
function rigid(aboutLps: Vec3, [ax, ay, az]: Vec3, shiftMm: Vec3): Affine {
  const [cx, sx, cy, sy, cz, sz] = [ax, ay, az].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]);
  const r = [
    cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx,
    sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx,
    -sy, cy * sx, cy * cx,
  ]; // prettier-ignore
  const row = (n: 0 | 1 | 2): number[] => {
    const [a, b, c] = r.slice(3 * n, 3 * n + 3);
    const turned = a * aboutLps[0] + b * aboutLps[1] + c * aboutLps[2];
    return [a, b, c, aboutLps[n] + shiftMm[n] - turned];
  };
  return [...row(0), ...row(1), ...row(2)];
}

/**
 * What stands in for a second scan where a person was scanned once: the head turned by up to 8° around each axis and
 * shifted by up to 5 mm, sampled anew by a cubic spline on the scanner's grid, with new noise (CT 15 HU, Gaussian;
 * elsewhere Rician, 2 % of the largest value). Everything found in the first is to be found in it again. It is easier
 * than a real second scan: expression, weight, hair and scanner are the same.
 */
export async function secondSession(backend: Backend, volume: Volume, seed: number): Promise<Volume> {
  const random = seededRandom(seed);
  const within = (most: number): Vec3 => [0, 1, 2].map(() => most * (2 * random() - 1)) as unknown as Vec3;
  const degrees = within(MOST_DEGREES);
  const [ni, nj, nk] = volume.grid.sizeIjk;
  const middle = ijkToLps(volume.grid, [(ni - 1) / 2, (nj - 1) / 2, (nk - 1) / 2]);
  const turn = degrees.map((angle) => (angle * Math.PI) / 180) as unknown as Vec3;
  const moved = rigid(middle, turn, within(MOST_MM));
  const source = uploadVolume(backend, 'second-session', volume);
  const isCt = volume.unit === 'HU';
  const buffer = resampleCubic(backend, {
    source,
    sourceGrid: volume.grid,
    rescale: volume.rescale,
    targetGrid: { ...volume.grid, affineIjkToLps: compose(moved, volume.grid.affineIjkToLps) },
    outsideValue: isCt ? -1000 : 0,
  });
  releaseVolume(backend, source);
  const voxels = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  voxels.set(new Float32Array(await backend.read(buffer)));
  backend.release(buffer);
  addNoise(voxels, isCt, random);
  return { ...volume, type: 'f32', voxels, rescale: uniformRescale(nk, 1, 0) };
}

function addNoise(voxels: Float32Array, isCt: boolean, random: () => number): void {
  let largest = 0;
  for (const value of voxels) if (value > largest) largest = value;
  const sigma = isCt ? NOISE_HU : NOISE_SHARE * largest;
  for (let n = 0; n < voxels.length; n++) {
    // Two normal deviates from two uniform ones (Box and Muller 1958).
    const radius = sigma * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    const real = voxels[n] + radius * Math.cos(angle);
    voxels[n] = isCt ? real : Math.hypot(real, radius * Math.sin(angle));
  }
}
