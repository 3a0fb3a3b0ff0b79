// dst[row] = (first set bit, one past the last set bit) of a row of bits, (0, 0) for an empty row. One invocation takes
// one row and reads from both ends inwards. No shared memory, no barriers.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  rows: u32,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<vec2<u32>>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = linear_invocation(workgroup, count, local, WG_X);
  if (row >= params.rows) {
    return;
  }
  let base = row * params.words_per_row;
  var extremes = vec2<u32>(0u);
  for (var w = 0u; w < params.words_per_row; w++) {
    let bits = src[base + w];
    if (bits != 0u) {
      extremes.x = w * 32u + firstTrailingBit(bits);
      break;
    }
  }
  for (var w = params.words_per_row; w > 0u; w--) {
    let bits = src[base + w - 1u];
    if (bits != 0u) {
      extremes.y = (w - 1u) * 32u + firstLeadingBit(bits) + 1u;
      break;
    }
  }
  dst[row] = extremes;
}
