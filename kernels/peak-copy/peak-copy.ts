import { type Backend, defineKernel, type DeviceBuffer, exact, workgroupsFor } from '@efface/compute';
import { peakCopyCpu } from './peak-copy.cpu.ts';
import { peakCopySource } from './peak-copy.gen.ts';
import { peakCopyGpuJs } from './peak-copy.gpujs.ts';

/**
 * Copies `count` elements of 16 bytes. The benchmark measures every other kernel against the bandwidth of this one.
 * Exact: bytes move, nothing is computed.
 */
export const peakCopy = defineKernel({
  source: peakCopySource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ count }, constants) => workgroupsFor(count, constants),
  cost: ({ count }) => ({ readBytes: 16 * count, writeBytes: 16 * count, flops: 0 }),
  accuracy: exact(),
  cpu: peakCopyCpu,
  gpujs: peakCopyGpuJs,
});

/**
 * A copy of `src` on the device. The caller owns it. Throws RangeError unless its size is a multiple of 16 bytes.
 */
export function copyBuffer(backend: Backend, src: DeviceBuffer): DeviceBuffer {
  if (src.sizeBytes % 16 !== 0) throw new RangeError(`${src.label} has ${src.sizeBytes} bytes, not a multiple of 16`);
  const dst = backend.createBuffer(`${src.label}/copy`, src.sizeBytes);
  backend.dispatch(peakCopy, { params: { count: src.sizeBytes / 16 }, buffers: { src, dst } });
  return dst;
}
