// Generated from label-merge.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface LabelMergeParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly neighbourCount: number;
}

export type LabelMergeBinding = 'neighbours' | 'labels';

export const labelMergeSource: ShaderSource<LabelMergeParams, LabelMergeBinding> = {
  id: 'label-merge',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

struct Params {
  size_ijk: vec3<u32>,
  neighbour_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> neighbours: array<vec4<i32>>;
@group(0) @binding(2) var<storage, read_write> labels: array<atomic<u32>>;

fn find_root(voxel: u32) -> u32 {
  var at = voxel;
  var parent = atomicLoad(&labels[at]) - 1u;
  while (parent != at) {
    at = parent;
    parent = atomicLoad(&labels[at]) - 1u;
  }
  return at;
}

fn join_voxels(first: u32, second: u32) {
  var a = find_root(first);
  var b = find_root(second);
  while (a != b) {
    if (a < b) {
      let swap = a;
      a = b;
      b = swap;
    }
    let old = atomicMin(&labels[a], b + 1u) - 1u;
    if (old == a) {
      return;
    }
    a = find_root(old);
    b = find_root(b);
  }
}

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
  if (atomicLoad(&labels[index]) == 0u) {
    return;
  }
  let row = index / size.x;
  let p = vec3<i32>(vec3<u32>(index - row * size.x, row % size.y, row / size.y));
  for (var n = 0u; n < params.neighbour_count; n++) {
    let q = vec3<u32>(p + neighbours[n].xyz);
    if (all(q < size)) {
      let other = (q.z * size.y + q.y) * size.x + q.x;
      if (atomicLoad(&labels[other]) != 0u) {
        join_voxels(index, other);
      }
    }
  }
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'neighbourCount', type: 'u32', offsetBytes: 12 },
  ],
  bindings: [
    { name: 'neighbours', binding: 1, access: 'read' },
    { name: 'labels', binding: 2, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
