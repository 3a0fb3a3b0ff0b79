import { gpuJsArray, type GpuJsInput } from '@efface/compute';
import { OFFSETS_U, OFFSETS_V } from './stencil.cpu.ts';

/** Where the planes of an operator point: offsets along u in row 0, along v in row 1. */
export function planeOffsets(): GpuJsInput {
  return gpuJsArray(Float32Array.of(...OFFSETS_U, ...OFFSETS_V), [OFFSETS_U.length, 2]);
}
