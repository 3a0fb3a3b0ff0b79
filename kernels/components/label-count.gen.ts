// Generated from label-count.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface LabelCountParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly borderAxes: number;
}

export type LabelCountBinding = 'labels' | 'sizes' | 'touches';

export const labelCountSource: ShaderSource<LabelCountParams, LabelCountBinding> = {
  id: 'label-count',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

struct Params {
  size_ijk: vec3<u32>,
  border_axes: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> sizes: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> touches: array<atomic<u32>>;

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
  let label = labels[index];
  if (label == 0u) {
    return;
  }
  atomicAdd(&sizes[label - 1u], 1u);
  let row = index / size.x;
  let p = vec3<u32>(index - row * size.x, row % size.y, row / size.y);
  let at_end = (p == vec3<u32>(0u)) | (p == size - 1u);
  let is_border = (vec3<u32>(params.border_axes) & vec3<u32>(1u, 2u, 4u)) != vec3<u32>(0u);
  if (any(at_end & is_border)) {
    atomicMax(&touches[label - 1u], 1u);
  }
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'borderAxes', type: 'u32', offsetBytes: 12 },
  ],
  bindings: [
    { name: 'labels', binding: 1, access: 'read' },
    { name: 'sizes', binding: 2, access: 'read_write' },
    { name: 'touches', binding: 3, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
