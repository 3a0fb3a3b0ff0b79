// parents[slot] = slot for every run, or 0, the slot of the outside, for runs that touch a border plane of one of the
// border axes. One invocation makes one row. No shared memory, no barriers.
#import dispatch
#import runs

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
  // Bits 0, 1, 2: the planes at both ends of i, j, k belong to the outside.
  border_axes: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> mask: array<u32>;
@group(0) @binding(2) var<storage, read_write> parents: array<u32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  if (row >= size.y * size.z) {
    return;
  }
  let k = row / size.y;
  let j = row - k * size.y;
  let row_is_border = ((params.border_axes & 2u) != 0u && (j == 0u || j + 1u == size.y)) ||
    ((params.border_axes & 4u) != 0u && (k == 0u || k + 1u == size.z));
  let row_word = row * params.words_per_row;
  var first = next_run(row_word, params.words_per_row, 0u);
  while (first != NO_RUN) {
    let end = run_end(row_word, params.words_per_row, first);
    let is_border = row_is_border || ((params.border_axes & 1u) != 0u && (first == 0u || end == size.x));
    let slot = slot_of(row, first, size.x);
    parents[slot] = select(slot, 0u, is_border);
    first = next_run(row_word, params.words_per_row, end);
  }
}
