// Generated from structure-sizes.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface StructureSizesParams {
  readonly firstVoxel: number;
  readonly count: number;
  readonly structureCount: number;
  readonly firstBlock: number;
  readonly blockVoxels: number;
}

export type StructureSizesBinding = 'labels' | 'counts';

export const structureSizesSource: ShaderSource<StructureSizesParams, StructureSizesBinding> = {
  id: 'structure-sizes',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 256;
const PLANES: u32 = 6u;
const PLANES_HOLD: u32 = 63u;

struct Params {
  first_voxel: u32,
  count: u32,
  structure_count: u32,
  first_block: u32,
  block_voxels: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;

var<workgroup> group_counts: array<atomic<u32>, 32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let block = linear_invocation(workgroup, count, 0u, 1u);
  if (block * params.block_voxels >= params.count) {
    return;
  }
  var planes: array<u32, PLANES>;
  var held = 0u;
  for (var n = local; n < params.block_voxels; n += WG_X) {
    let index = block * params.block_voxels + n;
    if (index < params.count) {
      var carry = labels[params.first_voxel + index];
      for (var p = 0u; p < PLANES; p++) {
        let next = planes[p] & carry;
        planes[p] ^= carry;
        carry = next;
      }
    }
    held++;
    if (held == PLANES_HOLD || n + WG_X >= params.block_voxels) {
      held = 0u;
      for (var structure = 0u; structure < params.structure_count; structure++) {
        var own = 0u;
        for (var p = 0u; p < PLANES; p++) {
          own |= extractBits(planes[p], structure, 1u) << p;
        }
        if (own > 0u) {
          atomicAdd(&group_counts[structure], own);
        }
      }
      planes = array<u32, PLANES>();
    }
  }
  workgroupBarrier();
  for (var structure = local; structure < params.structure_count; structure += WG_X) {
    counts[(params.first_block + block) * params.structure_count + structure] = atomicLoad(&group_counts[structure]);
  }
}
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'firstVoxel', type: 'u32', offsetBytes: 0 },
    { name: 'count', type: 'u32', offsetBytes: 4 },
    { name: 'structureCount', type: 'u32', offsetBytes: 8 },
    { name: 'firstBlock', type: 'u32', offsetBytes: 12 },
    { name: 'blockVoxels', type: 'u32', offsetBytes: 16 },
  ],
  bindings: [
    { name: 'labels', binding: 1, access: 'read' },
    { name: 'counts', binding: 2, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 256 }],
};
