import { type CpuKernel } from '@efface/compute';
import { type FieldPeakBinding, type FieldPeakParams } from './field-peak.gen.ts';

function fieldPeakMain(
  { count, parts }: FieldPeakParams,
  src: Float32Array,
  peaks: Float32Array,
  begin: number,
  end: number,
): void {
  peaks.fill(0, begin, end);
  for (let base = 0; base < count; base += parts) {
    const last = Math.min(end, count - base);
    for (let part = begin; part < last; part++) {
      const n = 3 * (base + part);
      const square = src[n] * src[n] + src[n + 1] * src[n + 1] + src[n + 2] * src[n + 2];
      if (square > peaks[part]) peaks[part] = square;
    }
  }
}

/** Units are parts. */
export const fieldPeakCpu: CpuKernel<FieldPeakParams, FieldPeakBinding> = {
  units: ({ parts }) => parts,
  run: ({ params, buffers: { src, peaks }, begin, end }) => fieldPeakMain(params, src.f32, peaks.f32, begin, end),
};
