// dst += sum of weight·coarse over the four parents of a fine pixel (see refine.wgsl) where the pixel is free, and no
// more than limit, if there is one.
// One invocation makes one fine pixel. No shared memory, no barriers.
#import dispatch
#import refine

override WG_X: u32 = 64;
override HAS_LIMIT: bool = false;

struct Params {
  // Pixels of the fine and the coarse picture.
  fine_px: vec2<u32>,
  coarse_px: vec2<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> coarse: array<f32>;
@group(0) @binding(2) var<storage, read> free: array<f32>;
@group(0) @binding(3) var<storage, read> limit: array<f32>;
@group(0) @binding(4) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = linear_invocation(workgroup, count, local, WG_X);
  if (at >= params.fine_px.x * params.fine_px.y || free[at] == 0.0) {
    return;
  }
  let p = vec2<i32>(vec2<u32>(at % params.fine_px.x, at / params.fine_px.x));
  let parent = vec2<i32>(first_parent(p.x), first_parent(p.y));
  let width = i32(params.coarse_px.x);
  let base = parent.y * width + parent.x;
  let weight = vec2<f32>(refine_weight(p.x - 2 * parent.x + 2), refine_weight(p.y - 2 * parent.y + 2));
  let above = weight.x * coarse[base] + (1.0 - weight.x) * coarse[base + 1];
  let below = weight.x * coarse[base + width] + (1.0 - weight.x) * coarse[base + width + 1];
  var value = dst[at] + weight.y * above + (1.0 - weight.y) * below;
  if (HAS_LIMIT) {
    value = min(value, limit[at]);
  }
  dst[at] = value;
}
