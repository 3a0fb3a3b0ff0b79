// dst = src + omega·(load − A·src)/D where a pixel is free, and no more than limit, if there is one; else src. D is the
// sum of the magnitudes of the pixel's row, so that the eigenvalues of A/D lie in 0 … 1.
// One invocation makes one pixel. No shared memory, no barriers.
#import dispatch
#import stencil-row

override WG_X: u32 = 64;
override HAS_LIMIT: bool = false;

struct Params {
  // Pixels.
  size_px: vec2<u32>,
  omega: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> planes: array<f32>;
@group(0) @binding(2) var<storage, read> free: array<f32>;
@group(0) @binding(3) var<storage, read> load: array<f32>;
@group(0) @binding(4) var<storage, read> limit: array<f32>;
@group(0) @binding(5) var<storage, read> src: array<f32>;
@group(0) @binding(6) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = linear_invocation(workgroup, count, local, WG_X);
  if (at >= plane_size()) {
    return;
  }
  var value = src[at];
  if (free[at] > 0.0) {
    let v = at / params.size_px.x;
    let row = stencil_row(vec2<i32>(vec2<u32>(at - v * params.size_px.x, v)));
    value += params.omega * (load[at] - row.x) / row.y;
    if (HAS_LIMIT) {
      value = min(value, limit[at]);
    }
  }
  dst[at] = value;
}
