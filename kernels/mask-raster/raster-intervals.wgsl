// dst bit (i, j, k) = first <= i < last of one of the intervals of row (j, k). One invocation makes one word; the
// intervals of its row are read by all words of the row. No shared memory, no barriers.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Rows of the grid: nj·nk.
  rows: u32,
  words_per_row: u32,
  // Intervals of each row; they may overlap and be empty.
  intervals_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// First voxel inside and first voxel past it, within 0..ni; those of a row follow each other.
@group(0) @binding(1) var<storage, read> intervals: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> dst: array<u32>;

// Bits below n of a word, n clamped to 32.
fn bits_below(n: u32) -> u32 {
  return select((1u << (n & 31u)) - 1u, 0xffffffffu, n >= 32u);
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = linear_invocation(workgroup, count, local, WG_X);
  if (word >= params.rows * params.words_per_row) {
    return;
  }
  let row = word / params.words_per_row;
  let base = (word - row * params.words_per_row) * 32u;
  let begin = row * params.intervals_per_row;
  var bits = 0u;
  for (var n = begin; n < begin + params.intervals_per_row; n++) {
    let inside = intervals[n];
    bits |= bits_below(max(inside.y, base) - base) & ~bits_below(max(inside.x, base) - base);
  }
  dst[word] = bits;
}
