import { allocateVoxels, type Mask, type Volume, type VoxelBox } from '@efface/volume';

/** Real values of a box of a volume, f32, i fastest, in shared memory: the CPU backend takes them as they are. */
export function realValues(
  { grid: { sizeIjk: whole }, voxels, rescale }: Volume,
  { lowIjk, sizeIjk }: VoxelBox,
): Float32Array {
  const [ni, nj, nk] = sizeIjk;
  const values = allocateVoxels('f32', ni * nj * nk) as Float32Array;
  for (let k = 0, n = 0; k < nk; k++) {
    const slope = rescale.slopePerK[lowIjk[2] + k];
    const intercept = rescale.interceptPerK[lowIjk[2] + k];
    for (let j = 0; j < nj; j++) {
      const row = ((lowIjk[2] + k) * whole[1] + lowIjk[1] + j) * whole[0] + lowIjk[0] - n;
      for (const end = n + ni; n < end; n++) values[n] = Number(voxels[row + n]) * slope + intercept;
    }
  }
  return values;
}

/** Least and greatest value; infinite where there is none. */
export interface Extent {
  readonly low: number;
  readonly high: number;
}

/** Of f32 values; what is no number does not count. */
export function extentOf(values: Float32Array): Extent {
  let [low, high] = [Infinity, -Infinity];
  for (let n = 0; n < values.length; n++) {
    const value = values[n];
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

export function joined(a: Extent, b: Extent): Extent {
  return { low: b.low < a.low ? b.low : a.low, high: b.high > a.high ? b.high : a.high };
}

/** Extents of a volume's real values as f32, inside a mask and outside. */
export function realExtents(
  { grid, voxels, rescale }: Volume,
  { words, wordsPerRow }: Mask,
): { readonly inside: Extent; readonly outside: Extent } {
  const [ni, nj, nk] = grid.sizeIjk;
  // The least and the greatest stored value of each slice, inside (0) and outside (1).
  const least = [Infinity, Infinity];
  const most = [-Infinity, -Infinity];
  let [inside, outside] = [NOTHING, NOTHING];
  for (let k = 0; k < nk; k++) {
    least.fill(Infinity);
    most.fill(-Infinity);
    for (let row = k * nj; row < (k + 1) * nj; row++)
      for (let w = 0; w < wordsPerRow; w++) {
        const bits = words[row * wordsPerRow + w];
        const first = row * ni + 32 * w;
        const past = row * ni + Math.min(ni, 32 * w + 32);
        if (bits === 0) {
          let [low, high] = [least[1], most[1]];
          for (let n = first; n < past; n++) {
            const stored = Number(voxels[n]);
            if (stored < low) low = stored;
            if (stored > high) high = stored;
          }
          least[1] = low;
          most[1] = high;
        } else {
          for (let n = first, rest = bits; n < past; n++, rest >>>= 1) {
            const side = (rest & 1) ^ 1;
            const stored = Number(voxels[n]);
            if (stored < least[side]) least[side] = stored;
            if (stored > most[side]) most[side] = stored;
          }
        }
      }
    const slope = rescale.slopePerK[k];
    const intercept = rescale.interceptPerK[k];
    const ends = (side: number): Extent =>
      least[side] > most[side] ? NOTHING : extentOf(Float32Array.of(least[side] * slope + intercept, most[side] * slope + intercept)); // prettier-ignore
    inside = joined(inside, ends(0));
    outside = joined(outside, ends(1));
  }
  return { inside, outside };
}

const NOTHING: Extent = { low: Infinity, high: -Infinity };
