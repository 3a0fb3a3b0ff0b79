// dst = the runs whose root is chosen[CHOSEN_INDEX]. One invocation makes one row: zero first, then its runs.
#import dispatch
#import runs

override WG_X: u32 = 64;
override CHOSEN_INDEX: u32 = 0u;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> mask: array<u32>;
@group(0) @binding(2) var<storage, read> roots: array<u32>;
@group(0) @binding(3) var<storage, read> chosen: array<u32>;
@group(0) @binding(4) var<storage, read_write> dst: array<u32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = linear_invocation(workgroup, count, local, WG_X);
  if (row >= params.size_ijk.y * params.size_ijk.z) {
    return;
  }
  let per_row = params.words_per_row;
  let row_word = row * per_row;
  for (var w = 0u; w < per_row; w++) {
    dst[row_word + w] = 0u;
  }
  var first = next_run(row_word, per_row, 0u);
  while (first != NO_RUN) {
    let end = run_end(row_word, per_row, first);
    if (roots[slot_of(row, first, params.size_ijk.x)] == chosen[CHOSEN_INDEX]) {
      for (var w = first >> 5u; w * 32u < end; w++) {
        let base = w * 32u;
        let above = 0xffffffffu << (max(first, base) - base);
        let below = 0xffffffffu >> (base + 32u - min(end, base + 32u));
        dst[row_word + w] |= above & below;
      }
    }
    first = next_run(row_word, per_row, end);
  }
}
