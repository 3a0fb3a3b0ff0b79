// residual = load − A·src where a pixel is free and below its limit, if there is one, else 0; inside says where that is,
// 1 or 0. With IS_PRODUCT residual = A·src there instead.
// One invocation makes one pixel. No shared memory, no barriers.
#import dispatch
#import stencil-row

override WG_X: u32 = 64;
override HAS_LIMIT: bool = false;
override IS_PRODUCT: bool = false;

struct Params {
  // Pixels.
  size_px: vec2<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> planes: array<f32>;
@group(0) @binding(2) var<storage, read> free: array<f32>;
@group(0) @binding(3) var<storage, read> load: array<f32>;
@group(0) @binding(4) var<storage, read> limit: array<f32>;
@group(0) @binding(5) var<storage, read> src: array<f32>;
@group(0) @binding(6) var<storage, read_write> residual: array<f32>;
@group(0) @binding(7) var<storage, read_write> inside: array<f32>;

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
  var is_inside = free[at] > 0.0;
  if (HAS_LIMIT) {
    is_inside = is_inside && src[at] < limit[at];
  }
  var value = 0.0;
  if (is_inside) {
    let v = at / params.size_px.x;
    value = stencil_row(vec2<i32>(vec2<u32>(at - v * params.size_px.x, v))).x;
    if (!IS_PRODUCT) {
      value = load[at] - value;
    }
  }
  residual[at] = value;
  inside[at] = select(0.0, 1.0, is_inside);
}
