// Generated from label-flatten.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface LabelFlattenParams {
  readonly count: number;
}

export type LabelFlattenBinding = 'labels';

export const labelFlattenSource: ShaderSource<LabelFlattenParams, LabelFlattenBinding> = {
  id: 'label-flatten',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> labels: array<atomic<u32>>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  if (index >= params.count) {
    return;
  }
  var label = atomicLoad(&labels[index]);
  if (label == 0u) {
    return;
  }
  var parent = atomicLoad(&labels[label - 1u]);
  while (parent != label) {
    label = parent;
    parent = atomicLoad(&labels[label - 1u]);
  }
  atomicStore(&labels[index], label);
}
`,
  paramsSizeBytes: 16,
  params: [{ name: 'count', type: 'u32', offsetBytes: 0 }],
  bindings: [{ name: 'labels', binding: 1, access: 'read_write' }],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
