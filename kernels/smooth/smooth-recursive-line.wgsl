// dst = src * h along j or k, h a Gaussian as the sum of two damped oscillations (Deriche 1993):
//   h(n) = Σ Re(gain_m · pole_m^|n|).
// Each one is a recursion with one complex pole, forwards and backwards; values beyond the ends are those at the ends.
// One invocation makes one line; neighbours make neighbouring lines, so that memory is read side by side. No shared
// memory, no barriers. src and dst do not overlap.
#import dispatch
#import recursion

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  // 1, 2: along j, k.
  axis: u32,
  // Real and imaginary parts of both oscillations.
  poles: vec4<f32>,
  gains: vec4<f32>,
  // 1 / (1 − pole): what a constant of 1 leads to.
  steady: vec4<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let line = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  let is_j = params.axis == 1u;
  if (line >= size.x * select(size.y, size.z, is_j)) {
    return;
  }
  let n = select(size.z, size.y, is_j);
  let stride = select(size.x * size.y, size.x, is_j);
  let slice = line / size.x;
  let base = select(line, slice * size.x * size.y + line - slice * size.x, is_j);
  var state = params.steady * src[base];
  for (var p = 0u; p < n; p++) {
    // The first value is part of the steady state already.
    if (p > 0u) {
      state = advance(state, src[base + p * stride]);
    }
    dst[base + p * stride] = weigh(state);
  }
  state = params.steady * src[base + (n - 1u) * stride];
  for (var p = n; p > 0u; ) {
    p--;
    let value = src[base + p * stride];
    if (p + 1u < n) {
      state = advance(state, value);
    }
    // The voxel itself is in both states.
    dst[base + p * stride] += weigh(state) - (params.gains.x + params.gains.z) * value;
  }
}
