import { allocateVoxels, type Affine, compose, type Grid, type Vec3, type Volume } from '@efface/volume';

/**
 * The same physical image stored another way: new index a takes stored axis `axes[a]`, backwards where `isFlipped[a]`.
 */
export function restored(
  volume: Volume,
  axes: readonly [number, number, number],
  isFlipped: readonly boolean[],
): Volume {
  const from = volume.grid.sizeIjk;
  const size = axes.map((axis) => from[axis]) as unknown as Vec3;
  const strides = [1, from[0], from[0] * from[1]];
  const count = from[0] * from[1] * from[2];
  const voxels = allocateVoxels(volume.type, count);
  const start = axes.map((axis, a) => (isFlipped[a] ? (from[axis] - 1) * strides[axis] : 0)).reduce((x, y) => x + y, 0);
  const step = axes.map((axis, a) => (isFlipped[a] ? -strides[axis] : strides[axis]));
  for (let k = 0, n = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      for (let i = 0; i < size[0]; i++, n++) voxels[n] = volume.voxels[start + i * step[0] + j * step[1] + k * step[2]];
    }
  }
  // New index to old index.
  const map = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  axes.forEach((axis, a) => {
    map[4 * axis + a] = isFlipped[a] ? -1 : 1;
    if (isFlipped[a]) map[4 * axis + 3] = from[axis] - 1;
  });
  const grid: Grid = { sizeIjk: size, affineIjkToLps: compose(volume.grid.affineIjkToLps, map) };
  const { slopePerK, interceptPerK } = volume.rescale;
  return {
    ...volume,
    grid,
    voxels,
    rescale: {
      slopePerK: new Float64Array(size[2]).fill(slopePerK[0]),
      interceptPerK: new Float64Array(size[2]).fill(interceptPerK[0]),
    },
  };
}

/** Voxels `from` to `to` (exclusive) along each stored axis. */
export function cropped(volume: Volume, from: Vec3, to: Vec3): Volume {
  const [ni, nj] = volume.grid.sizeIjk;
  const size = to.map((end, d) => end - from[d]) as unknown as Vec3;
  const voxels = allocateVoxels(volume.type, size[0] * size[1] * size[2]);
  for (let k = 0, n = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      for (let i = 0; i < size[0]; i++, n++)
        voxels[n] = volume.voxels[((k + from[2]) * nj + j + from[1]) * ni + i + from[0]];
    }
  }
  const shift: Affine = [1, 0, 0, from[0], 0, 1, 0, from[1], 0, 0, 1, from[2]];
  return {
    ...volume,
    grid: { sizeIjk: size, affineIjkToLps: compose(volume.grid.affineIjkToLps, shift) },
    voxels,
    rescale: {
      slopePerK: volume.rescale.slopePerK.slice(from[2], to[2]),
      interceptPerK: volume.rescale.interceptPerK.slice(from[2], to[2]),
    },
  };
}

/** The image with other stored values: `change(stored, index)`, clipped by the type itself. */
export function revalued(volume: Volume, change: (stored: number, n: number) => number): Volume {
  const voxels = allocateVoxels(volume.type, volume.voxels.length);
  for (let n = 0; n < voxels.length; n++) voxels[n] = change(Number(volume.voxels[n]), n);
  return { ...volume, voxels };
}
