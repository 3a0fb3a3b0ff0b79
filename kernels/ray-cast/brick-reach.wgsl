// Chebyshev distance in bricks to the nearest one that may reach the threshold, at most REACH; one axis a pass, i first:
// dst(b) = min over |d| ≤ REACH of max(|d|, src(b + d along axis)), where the first pass takes for src 0 or REACH.
// One invocation makes one brick. No shared memory, no barriers.
#import dispatch

override WG_X: u32 = 64;

// Farther than this a ray comes anyway before it has to look again.
const REACH: u32 = 8u;

struct Params {
  // Bricks.
  bricks_ijk: vec3<u32>,
  // 0, 1, 2: along i, j, k.
  axis: u32,
  // Stored value.
  threshold: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Smallest and largest value.
@group(0) @binding(1) var<storage, read> extents: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> src: array<u32>;
@group(0) @binding(3) var<storage, read_write> dst: array<u32>;

fn reach_before(brick: u32) -> u32 {
  if (params.axis > 0u) {
    return src[brick];
  }
  let extent = extents[brick];
  // Three levels of interpolation round by less than 16·2⁻²⁴ of the largest magnitude; 2⁻¹⁹ is a power of two, so the
  // product is exact.
  let slack = max(abs(extent.x), abs(extent.y)) * 0x1p-19;
  return select(REACH, 0u, extent.y + slack >= params.threshold);
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let brick = linear_invocation(workgroup, count, local, WG_X);
  let bricks = params.bricks_ijk;
  if (brick >= bricks.x * bricks.y * bricks.z) {
    return;
  }
  let row = brick / bricks.x;
  let p = vec3<u32>(brick - row * bricks.x, row % bricks.y, row / bricks.y);
  let stride = vec3<u32>(1u, bricks.x, bricks.x * bricks.y)[params.axis];
  let at = p[params.axis];
  let last = bricks[params.axis] - 1u;
  var reach = reach_before(brick);
  for (var d = 1u; d < reach; d++) {
    if (at >= d) {
      reach = min(reach, max(d, reach_before(brick - d * stride)));
    }
    if (at + d <= last) {
      reach = min(reach, max(d, reach_before(brick + d * stride)));
    }
  }
  dst[brick] = reach;
}
