import { type CpuKernel } from '@efface/compute';
import { type QuantileTableBinding, type QuantileTableParams } from './quantile-table.gen.ts';

const ONE = 2 ** 24;

/** part / whole in 2⁻²⁴, rounded down. The product has at most 55 bits, so it is split where f64 would round. */
function share(part: number, whole: number): number {
  if (part >= whole) return ONE;
  const high = Math.floor((part * 4096) / whole);
  const rest = part * 4096 - high * whole;
  return high * 4096 + Math.floor((rest * 4096) / whole);
}

function quantileTableMain(
  params: QuantileTableParams,
  sourceCounts: Uint32Array,
  targetCounts: Uint32Array,
): Float64Array {
  const { sourceBins, targetBins, sourceLow, sourceWidth, targetLow, targetWidth, lowest, highest } = params;
  const shares = new Float64Array(targetBins);
  let targetTotal = 0;
  for (let b = 0; b < targetBins; b++) targetTotal += targetCounts[b];
  for (let b = 0, sum = 0; b < targetBins; b++) shares[b] = share((sum += targetCounts[b]), targetTotal);
  let sourceTotal = 0;
  for (let b = 0; b < sourceBins; b++) sourceTotal += sourceCounts[b];
  const table = new Float64Array(sourceBins + 1);
  // Shares only grow from edge to edge, and so do the bins they lead to.
  for (let edge = 0, part = 0, bin = 0; edge <= sourceBins; part += sourceCounts[edge++]) {
    if (sourceTotal === 0 || targetTotal === 0) {
      table[edge] = sourceLow + edge * sourceWidth;
      continue;
    }
    const q = Math.min(Math.max(share(part, sourceTotal), lowest), highest);
    while (bin < targetBins - 1 && shares[bin] < Math.max(q, 1)) bin++;
    const before = bin > 0 ? shares[bin - 1] : 0;
    const within = q > 0 ? Math.max(0, q - before) / Math.max(shares[bin] - before, 1) : 0;
    table[edge] = targetLow + (bin + Math.min(within, 1)) * targetWidth;
  }
  return table;
}

/** One unit: a table has a few thousand entries. */
export const quantileTableCpu: CpuKernel<QuantileTableParams, QuantileTableBinding> = {
  units: () => 1,
  run: ({ params, buffers: { sourceCounts, targetCounts, table } }) =>
    table.f32.set(quantileTableMain(params, sourceCounts.u32, targetCounts.u32)),
};
