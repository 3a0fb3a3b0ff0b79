// Smallest and largest stored value of each brick of 8³ cells. A cell lies between eight voxels, so a brick spans nine
// voxels along each axis and shares its outer ones with its neighbours: what is interpolated in it stays within these
// two values. One workgroup makes the bricks of a row that WG_X voxels span, (WG_X − 1)/8 of them: invocation l takes
// voxel l along i through all nine times nine rows, so that neighbours read neighbours, then a brick is made of nine
// invocations' results. Shared memory: one pair per invocation; one barrier.
#import dispatch
#import volume

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  // Bricks.
  bricks_ijk: vec3<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
// Smallest, largest; brick i fastest.
@group(0) @binding(5) var<storage, read_write> extents: array<vec2<f32>>;

var<workgroup> shared_extents: array<vec2<f32>, WG_X>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let bricks = params.bricks_ijk;
  let size = params.size_ijk;
  let bricks_per_group = (WG_X - 1u) / 8u;
  let groups_per_row = (bricks.x + bricks_per_group - 1u) / bricks_per_group;
  let group = linear_invocation(workgroup, count, 0u, 1u);
  if (group >= groups_per_row * bricks.y * bricks.z) {
    return;
  }
  let row = group / groups_per_row;
  let first_brick = (group - row * groups_per_row) * bricks_per_group;
  let at_j = row % bricks.y;
  let at_k = row / bricks.y;
  // Beyond the last voxel the last one again: it belongs to the last brick anyway.
  let i = min(first_brick * 8u + local, size.x - 1u);
  let j_end = min(at_j * 8u + 9u, size.y);
  let k_end = min(at_k * 8u + 9u, size.z);
  var low = load_stored((at_k * 8u * size.y + at_j * 8u) * size.x + i);
  var high = low;
  for (var k = at_k * 8u; k < k_end; k++) {
    for (var j = at_j * 8u; j < j_end; j++) {
      let value = load_stored((k * size.y + j) * size.x + i);
      low = min(low, value);
      high = max(high, value);
    }
  }
  shared_extents[local] = vec2<f32>(low, high);
  workgroupBarrier();
  if (local >= bricks_per_group || first_brick + local >= bricks.x) {
    return;
  }
  var extent = shared_extents[8u * local];
  for (var v = 8u * local + 1u; v <= 8u * local + 8u; v++) {
    extent = vec2<f32>(min(extent.x, shared_extents[v].x), max(extent.y, shared_extents[v].y));
  }
  extents[row * bricks.x + first_brick + local] = extent;
}
