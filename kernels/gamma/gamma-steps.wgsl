// dst(p) = min over offsets o of √(|o|² + ((evaluated(A p + o) − reference(p)) · per_gy)²), at most cap: the gamma index
// with candidates between the voxels, where the evaluated dose is interpolated trilinearly on its own grid. Offsets come
// nearest first, so that the search ends when the distance alone is no less than what was found; places beyond the outer
// voxel centres are no candidates. NOT_JUDGED where the reference is below the threshold. One invocation makes one voxel
// of the reference. No shared memory, no barriers.
#import dispatch
#import fixed-point
#import gamma

override WG_X: u32 = 64;

struct Params {
  // Voxels of the reference.
  size_ijk: vec3<u32>,
  offset_count: u32,
  // Voxels of the evaluated dose.
  evaluated_size_ijk: vec3<u32>,
  // Gy.
  threshold: f32,
  // Voxels of the evaluated dose in fixed point: where reference voxel (0, 0, 0) lies, and what each step adds.
  origin: vec3<i32>,
  // See per_gy.
  per_tolerance: f32,
  step_i: vec3<i32>,
  cap: f32,
  step_j: vec3<i32>,
  step_k: vec3<i32>,
}

@group(0) @binding(0) var<uniform> params: Params;
// Gy.
@group(0) @binding(1) var<storage, read> reference: array<f32>;
@group(0) @binding(2) var<storage, read> evaluated: array<f32>;
// Voxels of the evaluated dose in fixed point, and the bits of the squared distance.
@group(0) @binding(3) var<storage, read> offsets: array<vec4<i32>>;
@group(0) @binding(4) var<storage, read_write> dst: array<f32>;

fn dose_at(i: u32, j: u32, k: u32) -> f32 {
  return evaluated[(k * params.evaluated_size_ijk.y + j) * params.evaluated_size_ijk.x + i];
}

fn between(a: f32, b: f32, t: f32) -> f32 {
  return a + (b - a) * t;
}

fn interpolated(at: vec3<i32>) -> f32 {
  let one = 1 << FRACTION_BITS;
  let low = at >> vec3<u32>(FRACTION_BITS);
  let f = vec3<f32>(at - low * one) * (1.0 / f32(one));
  let l = vec3<u32>(low);
  let h = min(l + 1u, params.evaluated_size_ijk - 1u);
  let c00 = between(dose_at(l.x, l.y, l.z), dose_at(h.x, l.y, l.z), f.x);
  let c10 = between(dose_at(l.x, h.y, l.z), dose_at(h.x, h.y, l.z), f.x);
  let c01 = between(dose_at(l.x, l.y, h.z), dose_at(h.x, l.y, h.z), f.x);
  let c11 = between(dose_at(l.x, h.y, h.z), dose_at(h.x, h.y, h.z), f.x);
  return between(between(c00, c10, f.y), between(c01, c11, f.y), f.z);
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
  let dose = reference[index];
  if (dose < params.threshold) {
    dst[index] = NOT_JUDGED;
    return;
  }
  let row = index / size.x;
  let k = row / size.y;
  let target_ijk = vec3<u32>(index - row * size.x, row - k * size.y, k);
  let p = source_fixed(target_ijk, params.origin, params.step_i, params.step_j, params.step_k);
  let last = vec3<i32>(params.evaluated_size_ijk - 1u) << vec3<u32>(FRACTION_BITS);
  let scale = per_gy(dose, params.per_tolerance);
  var best = params.cap * params.cap;
  for (var n = 0u; n < params.offset_count; n++) {
    let offset = offsets[n];
    let squared = bitcast<f32>(offset.w);
    if (squared >= best) {
      break;
    }
    let at = p + offset.xyz;
    if (any(at < vec3<i32>(0)) || any(at > last)) {
      continue;
    }
    let difference = (interpolated(at) - dose) * scale;
    best = min(best, squared + difference * difference);
  }
  dst[index] = sqrt(best);
}
