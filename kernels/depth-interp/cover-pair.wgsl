// pairs = (front, back) where a pixel is valid and, with OUTSIDE_GAP, not in the gap; else NO_SURFACE twice.
// One invocation makes one pixel. No shared memory, no barriers.
#import dispatch

override WG_X: u32 = 64;
override OUTSIDE_GAP: bool = false;
const NO_SURFACE: f32 = -1e30;

struct Params {
  // Pixels.
  size_px: vec2<u32>,
  // Words of a row of bits.
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gap: array<u32>;
@group(0) @binding(2) var<storage, read> valid: array<u32>;
// mm.
@group(0) @binding(3) var<storage, read> front: array<f32>;
@group(0) @binding(4) var<storage, read> back: array<f32>;
@group(0) @binding(5) var<storage, read_write> pairs: array<vec2<f32>>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = linear_invocation(workgroup, count, local, WG_X);
  if (at >= params.size_px.x * params.size_px.y) {
    return;
  }
  let v = at / params.size_px.x;
  let u = at - v * params.size_px.x;
  let word = v * params.words_per_row + (u >> 5u);
  var bits = valid[word];
  if (OUTSIDE_GAP) {
    bits = bits & ~gap[word];
  }
  var pair = vec2<f32>(NO_SURFACE);
  if (((bits >> (u & 31u)) & 1u) == 1u) {
    pair = vec2<f32>(front[at], back[at]);
  }
  pairs[at] = pair;
}
