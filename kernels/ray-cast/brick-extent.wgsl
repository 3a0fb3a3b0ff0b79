// Smallest and largest stored value of each brick of 8³ cells. A cell lies between eight voxels, so a brick spans nine
// voxels along each axis and shares its outer ones with its neighbours: what is interpolated in it stays within these
// two values. One workgroup makes one brick. Shared memory: one pair per invocation; a barrier per halving.
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
  let brick = linear_invocation(workgroup, count, 0u, 1u);
  if (brick >= bricks.x * bricks.y * bricks.z) {
    return;
  }
  let row = brick / bricks.x;
  let first = vec3<u32>(brick - row * bricks.x, row % bricks.y, row / bricks.y) * 8u;
  let n = min(vec3<u32>(9u), params.size_ijk - first);
  var low = load_stored((first.z * params.size_ijk.y + first.y) * params.size_ijk.x + first.x);
  var high = low;
  for (var v = local; v < n.x * n.y * n.z; v += WG_X) {
    let j = v / n.x;
    let p = first + vec3<u32>(v - j * n.x, j % n.y, j / n.y);
    let value = load_stored((p.z * params.size_ijk.y + p.y) * params.size_ijk.x + p.x);
    low = min(low, value);
    high = max(high, value);
  }
  shared_extents[local] = vec2<f32>(low, high);
  workgroupBarrier();
  for (var half = WG_X / 2u; half > 0u; half /= 2u) {
    if (local < half) {
      let other = shared_extents[local + half];
      let own = shared_extents[local];
      shared_extents[local] = vec2<f32>(min(own.x, other.x), max(own.y, other.y));
    }
    workgroupBarrier();
  }
  if (local == 0u) {
    extents[brick] = shared_extents[0];
  }
}
