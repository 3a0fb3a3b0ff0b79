import { type Backend } from '@efface/compute';
import { jointHistogram } from './joint-histogram.ts';
import { mutualSums } from './mutual-sums.ts';
import {
  planSamples,
  sampleBuffers,
  type Similarity,
  similarityOf,
  type SimilarityRequest,
  sumBlocks,
} from './sample-plan.ts';

/** Real values of the outer bins' ends. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** Two images, the map, and the bins of their values. */
export interface MutualInformationRequest extends SimilarityRequest {
  /** Values outside count in the outer bins. */
  readonly fixedRange: ValueRange;
  /** Values outside count at the ends of the range. */
  readonly movingRange: ValueRange;
  /** Bins per image, 4 to 32. Default 32. */
  readonly binCount?: number;
}

/** Sum of the integer window: 2¹⁵ stands for 1. */
const WINDOW_ONE = 2 ** 15;

/** Samples one workgroup counts: 2¹⁴ · 2¹⁵ fits 32 bits. */
const HISTOGRAM_SAMPLES = 2 ** 14;

/** Cubic B-spline weights of four bins, for every 1/1024 bin, as 16-bit integers that add up to WINDOW_ONE. */
export function parzenWindow(): Uint32Array<ArrayBuffer> {
  const table = new Uint32Array(2048);
  for (let n = 0; n < 1024; n++) {
    const t = n / 1024;
    const w0 = Math.round((WINDOW_ONE * (1 - t) ** 3) / 6);
    const w1 = Math.round((WINDOW_ONE * (3 * t ** 3 - 6 * t ** 2 + 4)) / 6);
    const w3 = Math.round((WINDOW_ONE * t ** 3) / 6);
    table[2 * n] = w0 | (w1 << 16);
    table[2 * n + 1] = (WINDOW_ONE - w0 - w1 - w3) | (w3 << 16);
  }
  return table;
}

/**
 * Mutual information in nats of the fixed values (zero-order window) and the moving values (cubic B-spline window) at
 * the samples that overlap; larger is better (Mattes et al., IEEE TMI 22 (2003) 120). Moving values are interpolated
 * linearly in bins, to 1/1024 bin for the histogram; its sums are integers, the same on every backend. Less overlap than
 * `minOverlapVoxels` gives the penalty 0 and a zero gradient. Throws RangeError for an empty range or a bad bin count.
 */
export async function mutualInformation(backend: Backend, request: MutualInformationRequest): Promise<Similarity> {
  const { fixedRange, movingRange, binCount = 32, hasGradient = true, forces: field } = request;
  if (!(fixedRange.high > fixedRange.low && movingRange.high > movingRange.low))
    throw new RangeError('a range of values needs high > low');
  if (!Number.isInteger(binCount) || binCount < 4 || binCount > 32)
    throw new RangeError(`mutual information takes 4 to 32 bins, not ${binCount}`);
  const plan = planSamples(request);
  const params = {
    ...plan.params,
    fixedLow: fixedRange.low,
    movingLow: movingRange.low,
    fixedScale: binCount / (fixedRange.high - fixedRange.low),
    movingScale: ((binCount - 3) * 1024) / (movingRange.high - movingRange.low),
    binCount,
  };
  const window = backend.createBuffer('mutual-information/window', 8192, parzenWindow());
  const bins = backend.createBuffer('mutual-information/bins', 8 * binCount ** 2);
  backend.dispatch(jointHistogram, {
    params: { ...params, blockSamples: HISTOGRAM_SAMPLES },
    constants: plan.constants,
    buffers: { ...sampleBuffers(request), window, bins },
  });
  const words = new Uint32Array(await backend.read(bins));
  backend.release(window);
  backend.release(bins);
  const { value, total, logRatio } = informationOf(words, binCount);
  const overlapVoxels = total / WINDOW_ONE;
  let sums: Float64Array = new Float64Array(16);
  if (overlapVoxels > 0 && (hasGradient || field)) {
    const table = backend.createBuffer('mutual-information/log-ratio', logRatio.byteLength, logRatio);
    sums = await sumBlocks(backend, plan.blocks, field, (partials, forces) => {
      backend.dispatch(mutualSums, {
        params,
        constants: { ...plan.constants, HAS_GRADIENT: hasGradient ? 1 : 0, HAS_FORCES: field ? 1 : 0 },
        buffers: { ...sampleBuffers(request), logRatio: table, partials, forces },
      });
    });
    backend.release(table);
  }
  return similarityOf(request, plan, { value, overlapVoxels, sums }, 0);
}

/** Information, sum and log(p(f, m)/p(m)) of a joint histogram of (low, high) words. */
function informationOf(
  words: Uint32Array,
  binCount: number,
): { readonly value: number; readonly total: number; readonly logRatio: Float32Array<ArrayBuffer> } {
  const ofFixed = new Float64Array(binCount);
  const ofMoving = new Float64Array(binCount);
  const joint = Float64Array.from({ length: binCount ** 2 }, (_, b) => words[2 * b] + 2 ** 32 * words[2 * b + 1]);
  let total = 0;
  for (let b = 0; b < joint.length; b++) {
    ofFixed[Math.floor(b / binCount)] += joint[b];
    ofMoving[b % binCount] += joint[b];
    total += joint[b];
  }
  const logRatio = new Float32Array(joint.length);
  let value = 0;
  for (let b = 0; b < joint.length; b++) {
    if (joint[b] === 0) continue;
    const ratio = Math.log(joint[b] / ofMoving[b % binCount]);
    logRatio[b] = ratio;
    value += (joint[b] / total) * (ratio - Math.log(ofFixed[Math.floor(b / binCount)] / total));
  }
  return { value, total, logRatio };
}
