import { type CpuKernel, storedView } from '@efface/compute';
import { type VolumeExtentBinding, type VolumeExtentParams } from './volume-extent.gen.ts';

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** Unsigned integers in the order of the floats they stand for. */
function orderedBits(v: number): number {
  FLOAT[0] = v;
  const bits = BITS[0];
  return (bits & 0x80000000) !== 0 ? ~bits >>> 0 : (bits | 0x80000000) >>> 0;
}

function volumeExtentMain(stored: ArrayLike<number>, extent: Uint32Array, begin: number, end: number): void {
  if (begin === end) return;
  let low = stored[begin];
  let high = low;
  for (let index = begin + 1; index < end; index++) {
    const v = stored[index];
    if (v < low) low = v;
    if (v > high) high = v;
  }
  const lowBits = orderedBits(low);
  const highBits = orderedBits(high);
  for (let old = Atomics.load(extent, 0); lowBits < old;) {
    const seen = Atomics.compareExchange(extent, 0, old, lowBits);
    if (seen === old) break;
    old = seen;
  }
  for (let old = Atomics.load(extent, 1); highBits > old;) {
    const seen = Atomics.compareExchange(extent, 1, old, highBits);
    if (seen === old) break;
    old = seen;
  }
}

/** Units are voxels. */
export const volumeExtentCpu: CpuKernel<VolumeExtentParams, VolumeExtentBinding> = {
  units: ({ count }) => count,
  run: ({ constants, buffers, begin, end }) =>
    volumeExtentMain(storedView(buffers.volume0, constants['VOXEL_FORMAT']), buffers.extent.u32, begin, end),
};
