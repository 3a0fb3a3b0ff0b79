import { type Backend, type DeviceBuffer, type DeviceVolume, volumeArguments } from '@efface/compute';
import { wordsPerRow } from '@efface/volume';
import { histogramBins } from './histogram-bins.ts';
import { volumeExtent } from './volume-extent.ts';

/** Most bins one histogram can have: MAX_BINS of the shader, bounded by workgroup memory. */
export const MAX_HISTOGRAM_BINS = 2048;

/** What to count. */
export interface HistogramRequest {
  readonly volume: DeviceVolume;
  /** Only voxels of this mask; all without. */
  readonly mask?: DeviceBuffer;
  /** Stored values of the outer edges; values outside are not counted. */
  readonly low: number;
  readonly high: number;
  readonly binCount: number;
}

/** Voxels per bin of equal width. Throws RangeError for an empty range or more than MAX_HISTOGRAM_BINS bins. */
export async function histogram(backend: Backend, request: HistogramRequest): Promise<Uint32Array> {
  const { volume, mask, low, high, binCount } = request;
  if (!(high > low)) throw new RangeError(`a histogram from ${low} to ${high} has no bins`);
  if (!Number.isInteger(binCount) || binCount < 1 || binCount > MAX_HISTOGRAM_BINS)
    throw new RangeError(`a histogram has 1 to ${MAX_HISTOGRAM_BINS} bins, not ${binCount}`);
  const bins = backend.createBuffer('histogram', 4 * binCount);
  const { buffers, constants } = volumeArguments(volume);
  const { sizeIjk } = volume;
  backend.dispatch(histogramBins, {
    params: { sizeIjk, wordsPerRow: wordsPerRow(sizeIjk[0]), low, high, scale: binCount / (high - low), binCount },
    constants: { ...constants, HAS_MASK: mask ? 1 : 0 },
    buffers: { ...buffers, mask: mask ?? buffers.volume0, bins },
  });
  const counts = new Uint32Array(await backend.read(bins));
  backend.release(bins);
  return counts;
}

/** The float of its ordered bits. */
function fromOrderedBits(bits: number): number {
  const raw = Uint32Array.of((bits & 0x80000000) !== 0 ? bits & 0x7fffffff : ~bits);
  return new Float32Array(raw.buffer)[0];
}

/** Smallest and largest stored value of a volume. Values must be finite. */
export async function storedExtent(
  backend: Backend,
  { volume }: { readonly volume: DeviceVolume },
): Promise<{ readonly min: number; readonly max: number }> {
  const count = volume.sizeIjk[0] * volume.sizeIjk[1] * volume.sizeIjk[2];
  const extent = backend.createBuffer('extent', 8, Uint32Array.of(0xffffffff, 0));
  const { buffers, constants } = volumeArguments(volume);
  backend.dispatch(volumeExtent, { params: { count }, constants, buffers: { ...buffers, extent } });
  const [low, high] = new Uint32Array(await backend.read(extent));
  backend.release(extent);
  // + 0 turns the negative zero into the usual one.
  return { min: fromOrderedBits(low) + 0, max: fromOrderedBits(high) + 0 };
}
