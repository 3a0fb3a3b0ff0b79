// dst(p) = sum over 4×4×4 voxels q of b(x − q.x) b(y − q.y) b(z − q.z) coefficients(q), (x, y, z) = A p + displacement(p),
// b the cubic B-spline, coefficients mirrored at the outer voxel centres. Outside the voxels' own extent (half a voxel
// beyond the outer centres) the value is outside_value. One invocation makes one target voxel. No barriers.
#import dispatch
#import fixed-point
#import displacement
#import mirrored

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  target_size_ijk: vec3<u32>,
  outside_value: f32,
  // Voxels.
  source_size_ijk: vec3<u32>,
  // Source voxels in fixed point: index of target voxel (0, 0, 0), and what each target step adds.
  origin: vec3<i32>,
  step_i: vec3<i32>,
  step_j: vec3<i32>,
  step_k: vec3<i32>,
  // Source voxels in fixed point per mm along L, P, S.
  per_mm_x: vec3<f32>,
  per_mm_y: vec3<f32>,
  per_mm_z: vec3<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> coefficients: array<f32>;
// mm, LPS; anything without HAS_DISPLACEMENT.
@group(0) @binding(2) var<storage, read> displacement: array<f32>;
@group(0) @binding(3) var<storage, read_write> dst: array<f32>;

// b at 1 + t, t, 1 − t and 2 − t.
fn spline_weights(t: f32) -> vec4<f32> {
  let u = 1.0 - t;
  return vec4<f32>(u * u * u, 4.0 - 3.0 * t * t * (2.0 - t), 4.0 - 3.0 * u * u * (2.0 - u), t * t * t) * (1.0 / 6.0);
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
  let at = displaced(source_fixed(p, params.origin, params.step_i, params.step_j, params.step_k), index);
  let one = 1 << FRACTION_BITS;
  let half = one >> 1u;
  let source = vec3<i32>(params.source_size_ijk);
  if (any(at < vec3<i32>(-half)) || any(at >= source * one - half)) {
    dst[index] = params.outside_value;
    return;
  }
  let below = at >> vec3<u32>(FRACTION_BITS);
  let t = vec3<f32>(at - below * one) * (1.0 / f32(one));
  let wi = spline_weights(t.x);
  let wj = spline_weights(t.y);
  let wk = spline_weights(t.z);
  let i = vec4<u32>(vec4<i32>(
    mirrored(below.x - 1, source.x),
    mirrored(below.x, source.x),
    mirrored(below.x + 1, source.x),
    mirrored(below.x + 2, source.x),
  ));
  var sum = 0.0;
  for (var c = 0; c < 4; c++) {
    let slice = mirrored(below.z - 1 + c, source.z) * source.y;
    var plane = 0.0;
    for (var b = 0; b < 4; b++) {
      let base = u32((slice + mirrored(below.y - 1 + b, source.y)) * source.x);
      let line = vec4<f32>(
        coefficients[base + i.x],
        coefficients[base + i.y],
        coefficients[base + i.z],
        coefficients[base + i.w],
      );
      plane += wj[b] * dot(wi, line);
    }
    sum += wk[c] * plane;
  }
  dst[index] = sum;
}
