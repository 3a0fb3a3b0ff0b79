// dst(c) = sum of weight·src over the fine pixels of coarse pixel c (see refine.wgsl): the transpose of gap-prolong.
// One invocation makes one coarse pixel. No shared memory, no barriers.
#import dispatch
#import refine

override WG_X: u32 = 64;

struct Params {
  // Pixels of the fine and the coarse picture.
  fine_px: vec2<u32>,
  coarse_px: vec2<u32>,
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
  let at = linear_invocation(workgroup, count, local, WG_X);
  if (at >= params.coarse_px.x * params.coarse_px.y) {
    return;
  }
  let c = vec2<u32>(at % params.coarse_px.x, at / params.coarse_px.x);
  let first = vec2<i32>(first_child(i32(c.x)), first_child(i32(c.y)));
  let size = vec2<i32>(params.fine_px);
  var sum = 0.0;
  for (var y = max(first.y, 0); y < min(first.y + 4, size.y); y++) {
    var row = 0.0;
    for (var x = max(first.x, 0); x < min(first.x + 4, size.x); x++) {
      row += refine_weight(x - first.x - 1) * src[y * size.x + x];
    }
    sum += refine_weight(y - first.y - 1) * row;
  }
  dst[at] = sum;
}
