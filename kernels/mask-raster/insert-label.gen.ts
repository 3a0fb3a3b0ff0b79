// Generated from insert-label.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface InsertLabelParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly wordsPerRow: number;
  readonly label: number;
}

export type InsertLabelBinding = 'src' | 'labels';

export const insertLabelSource: ShaderSource<InsertLabelParams, InsertLabelBinding> = {
  id: 'insert-label',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

struct Params {
  size_ijk: vec3<u32>,
  words_per_row: u32,
  label: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> labels: array<u32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  if (index >= size.x * size.y * size.z) {
    return;
  }
  let row = index / size.x;
  let i = index - row * size.x;
  let bit = (src[row * params.words_per_row + (i >> 5u)] >> (i & 31u)) & 1u;
  labels[index] = insertBits(labels[index], bit, params.label, 1u);
}
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 12 },
    { name: 'label', type: 'u32', offsetBytes: 16 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'labels', binding: 2, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
