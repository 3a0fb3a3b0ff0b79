// Generated from mask-popcount.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface MaskPopcountParams {
  readonly count: number;
}

export type MaskPopcountBinding = 'src' | 'total';

export const maskPopcountSource: ShaderSource<MaskPopcountParams, MaskPopcountBinding> = {
  id: 'mask-popcount',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;
const WORDS_EACH: u32 = 16u;

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> total: array<atomic<u32>>;

var<workgroup> group_sum: atomic<u32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = (linear_invocation(workgroup, count, local, WG_X) - local) * WORDS_EACH + local;
  var sum = 0u;
  for (var n = 0u; n < WORDS_EACH; n++) {
    let word = first + n * WG_X;
    if (word < params.count) {
      sum += countOneBits(src[word]);
    }
  }
  atomicAdd(&group_sum, sum);
  workgroupBarrier();
  if (local == 0u) {
    atomicAdd(&total[0], atomicLoad(&group_sum));
  }
}
`,
  paramsSizeBytes: 16,
  params: [{ name: 'count', type: 'u32', offsetBytes: 0 }],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'total', binding: 2, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
