// dst(p) = min over offsets o of √(|o|² + ((evaluated(p + o) − reference(p)) · per_gy)²), at most cap: the gamma index with
// whole voxels as candidates, |o| being in units of the distance to agreement. Offsets come nearest first, so that the
// search ends when the distance alone is no less than what was found. NOT_JUDGED where the reference is below the
// threshold. One invocation makes one voxel. No shared memory, no barriers.
#import dispatch
#import gamma

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  offset_count: u32,
  // Gy.
  threshold: f32,
  // See per_gy.
  per_tolerance: f32,
  cap: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Gy.
@group(0) @binding(1) var<storage, read> reference: array<f32>;
@group(0) @binding(2) var<storage, read> evaluated: array<f32>;
// Voxels along i, j, k, and the bits of the squared distance.
@group(0) @binding(3) var<storage, read> offsets: array<vec4<i32>>;
@group(0) @binding(4) var<storage, read_write> dst: array<f32>;

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
  let dose = reference[index];
  if (dose < params.threshold) {
    dst[index] = NOT_JUDGED;
    return;
  }
  let row = index / size.x;
  let k = row / size.y;
  let p = vec3<i32>(vec3<u32>(index - row * size.x, row - k * size.y, k));
  let scale = per_gy(dose, params.per_tolerance);
  var best = params.cap * params.cap;
  for (var n = 0u; n < params.offset_count; n++) {
    let offset = offsets[n];
    let squared = bitcast<f32>(offset.w);
    if (squared >= best) {
      break;
    }
    let q = p + offset.xyz;
    if (any(q < vec3<i32>(0)) || any(q >= vec3<i32>(size))) {
      continue;
    }
    let found = evaluated[(u32(q.z) * size.y + u32(q.y)) * size.x + u32(q.x)];
    if (found > NO_DOSE) {
      let difference = (found - dose) * scale;
      best = min(best, squared + difference * difference);
    }
  }
  dst[index] = sqrt(best);
}
