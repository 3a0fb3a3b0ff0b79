// dst = src * h along an axis, h a Gaussian as the sum of two damped oscillations (Deriche 1993):
//   h(n) = Σ Re(gain_m · pole_m^|n|).
// Each one is a recursion with one complex pole, forwards and backwards; values beyond the ends are those at the ends.
// One invocation makes one line; neighbours make neighbouring lines. No shared memory, no barriers. src and dst do not
// overlap.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  // 0, 1, 2: along i, j, k.
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

// Both states one voxel on.
fn advance(state: vec4<f32>, value: f32) -> vec4<f32> {
  let p = params.poles;
  return vec4<f32>(
    p.x * state.x - p.y * state.y + value,
    p.x * state.y + p.y * state.x,
    p.z * state.z - p.w * state.w + value,
    p.z * state.w + p.w * state.z,
  );
}

// Real part of gains · state.
fn weigh(state: vec4<f32>) -> f32 {
  let g = params.gains;
  return g.x * state.x - g.y * state.y + g.z * state.z - g.w * state.w;
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let line = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  let n = size[params.axis];
  if (line >= size.x * size.y * size.z / n) {
    return;
  }
  let slice = line / size.x;
  var stride = 1u;
  var base = line * size.x;
  if (params.axis == 1u) {
    stride = size.x;
    base = slice * size.x * size.y + line - slice * size.x;
  } else if (params.axis == 2u) {
    stride = size.x * size.y;
    base = line;
  }
  var state = params.steady * src[base];
  for (var p = 0u; p < n; p++) {
    let value = src[base + p * stride];
    // The first value is part of the steady state already.
    if (p > 0u) {
      state = advance(state, value);
    }
    dst[base + p * stride] = weigh(state);
  }
  let last = src[base + (n - 1u) * stride];
  state = params.steady * last;
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
