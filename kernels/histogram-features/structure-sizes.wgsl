// counts[(first_block + b)·R + r] = voxels of block b whose label has bit r; a block is block_voxels voxels in a row.
// One workgroup counts one block. An invocation adds its labels up in bit planes (plane p holds bit p of 32 counters at
// once) and empties them into shared memory before they overflow. Barriers: before the counts are stored.
#import dispatch

override WG_X: u32 = 256;
const PLANES: u32 = 6u;
const PLANES_HOLD: u32 = 63u;

struct Params {
  // Voxel of the labels that is the first of the first block.
  first_voxel: u32,
  // Voxels to look at.
  count: u32,
  structure_count: u32,
  first_block: u32,
  // Voxels of a block.
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
