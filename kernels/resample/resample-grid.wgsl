// dst(p) = mean over TAPS sub-samples q of target voxel p of slope(k)·interpolate(A q + displacement(p)) + intercept(k).
// Trilinear weights (or the nearest voxel) at the clamped position; outside the voxels' own extent (half a voxel beyond
// the outer centres) the value is outside_value. One invocation makes one target voxel. No barriers.
#import dispatch
#import volume
#import fixed-point
#import displacement

override WG_X: u32 = 64;
override IS_NEAREST: bool = false;

struct Params {
  // Voxels.
  target_size_ijk: vec3<u32>,
  // Sub-samples per target axis.
  taps: vec3<u32>,
  // Voxels.
  source_size_ijk: vec3<u32>,
  // Real units.
  outside_value: f32,
  // Source voxels in fixed point: the first sub-sample of target voxel (0, 0, 0), what each target step and each
  // sub-sample adds.
  origin: vec3<i32>,
  step_i: vec3<i32>,
  step_j: vec3<i32>,
  step_k: vec3<i32>,
  tap_i: vec3<i32>,
  tap_j: vec3<i32>,
  tap_k: vec3<i32>,
  // Source voxels in fixed point per mm along L, P, S.
  per_mm_x: vec3<f32>,
  per_mm_y: vec3<f32>,
  per_mm_z: vec3<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
// Slope and intercept of source slice k.
@group(0) @binding(5) var<storage, read> rescale: array<vec2<f32>>;
// mm, LPS; anything without HAS_DISPLACEMENT.
@group(0) @binding(6) var<storage, read> displacement: array<f32>;
@group(0) @binding(7) var<storage, read_write> dst: array<f32>;

fn load_real(i: u32, j: u32, k: u32) -> f32 {
  let line = rescale[k];
  return load_stored((k * params.source_size_ijk.y + j) * params.source_size_ijk.x + i) * line.x + line.y;
}

fn sample_real(at: vec3<i32>) -> f32 {
  let one = 1 << FRACTION_BITS;
  let half = one >> 1u;
  let extent = vec3<i32>(params.source_size_ijk) * one;
  if (any(at < vec3<i32>(-half)) || any(at >= extent - half)) {
    return params.outside_value;
  }
  if (IS_NEAREST) {
    let p = vec3<u32>((at + half) >> vec3<u32>(FRACTION_BITS));
    return load_real(p.x, p.y, p.z);
  }
  let inside = clamp(at, vec3<i32>(0), extent - one);
  let low = inside >> vec3<u32>(FRACTION_BITS);
  let f = vec3<f32>(inside - low * one) * (1.0 / f32(one));
  let high = min(low + 1, vec3<i32>(params.source_size_ijk) - 1);
  let l = vec3<u32>(low);
  let h = vec3<u32>(high);
  let c00 = mix_values(load_real(l.x, l.y, l.z), load_real(h.x, l.y, l.z), f.x);
  let c10 = mix_values(load_real(l.x, h.y, l.z), load_real(h.x, h.y, l.z), f.x);
  let c01 = mix_values(load_real(l.x, l.y, h.z), load_real(h.x, l.y, h.z), f.x);
  let c11 = mix_values(load_real(l.x, h.y, h.z), load_real(h.x, h.y, h.z), f.x);
  return mix_values(mix_values(c00, c10, f.y), mix_values(c01, c11, f.y), f.z);
}

fn mix_values(a: f32, b: f32, t: f32) -> f32 {
  return a + (b - a) * t;
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let size = params.target_size_ijk;
  if (index >= size.x * size.y * size.z) {
    return;
  }
  let row = index / size.x;
  let k = row / size.y;
  let p = vec3<u32>(index - row * size.x, row - k * size.y, k);
  let first = displaced(source_fixed(p, params.origin, params.step_i, params.step_j, params.step_k), index);
  var sum = 0.0;
  for (var c = 0u; c < params.taps.z; c++) {
    for (var b = 0u; b < params.taps.y; b++) {
      for (var a = 0u; a < params.taps.x; a++) {
        sum += sample_real(first + params.tap_i * i32(a) + params.tap_j * i32(b) + params.tap_k * i32(c));
      }
    }
  }
  dst[index] = sum / f32(params.taps.x * params.taps.y * params.taps.z);
}
