// Generated from run-largest.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface RunLargestParams {
  readonly count: number;
}

export type RunLargestBinding = 'sizes' | 'best';

export const runLargestSource: ShaderSource<RunLargestParams, RunLargestBinding> = {
  id: 'run-largest',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;
override STAGE: u32 = 0u;
const SLOTS_EACH: u32 = 16u;

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sizes: array<u32>;
@group(0) @binding(2) var<storage, read_write> best: array<atomic<u32>>;

var<workgroup> group_best: atomic<u32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = (linear_invocation(workgroup, count, local, WG_X) - local) * SLOTS_EACH + local;
  let largest = atomicLoad(&best[0]);
  var mine = 0u;
  for (var n = 0u; n < SLOTS_EACH; n++) {
    let slot = first + n * WG_X;
    if (slot < params.count) {
      let size = sizes[slot];
      if (STAGE == 0u) {
        mine = max(mine, size);
      } else if (size == largest && size > 0u) {
        mine = max(mine, ~slot);
      }
    }
  }
  atomicMax(&group_best, mine);
  workgroupBarrier();
  if (local == 0u) {
    let group = atomicLoad(&group_best);
    if (STAGE == 0u) {
      atomicMax(&best[0], group);
    } else {
      atomicMin(&best[1], ~group);
    }
  }
}
`,
  paramsSizeBytes: 16,
  params: [{ name: 'count', type: 'u32', offsetBytes: 0 }],
  bindings: [
    { name: 'sizes', binding: 1, access: 'read' },
    { name: 'best', binding: 2, access: 'read_write' },
  ],
  overrides: [
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'STAGE', type: 'u32', defaultValue: 0 },
  ],
};
