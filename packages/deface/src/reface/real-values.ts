import { type Volume } from '@efface/volume';

/** Real values of a volume, f32, i fastest. */
export function realValues({ grid, voxels, rescale }: Volume): Float32Array {
  const perSlice = grid.sizeIjk[0] * grid.sizeIjk[1];
  const values = new Float32Array(voxels.length);
  for (let k = 0, n = 0; k < grid.sizeIjk[2]; k++) {
    const slope = rescale.slopePerK[k];
    const intercept = rescale.interceptPerK[k];
    for (const end = n + perSlice; n < end; n++) values[n] = Number(voxels[n]) * slope + intercept;
  }
  return values;
}
