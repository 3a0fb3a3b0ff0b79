// labels[voxel] = 1 + first voxel of its component, 0 outside the mask. One invocation makes one voxel: it walks back to
// the first voxel of its run, whose root's slot names the run where the component begins.
#import dispatch
#import runs

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> mask: array<u32>;
@group(0) @binding(2) var<storage, read> roots: array<u32>;
@group(0) @binding(3) var<storage, read_write> labels: array<u32>;

// First voxel of the run that holds voxel i of a row: one after the last clear bit before i.
fn run_first(row_word: u32, i: u32) -> u32 {
  var w = i >> 5u;
  var clear = ~mask[row_word + w] & ((1u << (i & 31u)) - 1u);
  while (clear == 0u && w > 0u) {
    w--;
    clear = ~mask[row_word + w];
  }
  return select(w * 32u + 32u - countLeadingZeros(clear), 0u, clear == 0u);
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  if (index >= size.x * size.y * size.z) {
    return;
  }
  let row = index / size.x;
  let i = index - row * size.x;
  let row_word = row * params.words_per_row;
  if (((mask[row_word + (i >> 5u)] >> (i & 31u)) & 1u) == 0u) {
    labels[index] = 0u;
    return;
  }
  let root = roots[slot_of(row, run_first(row_word, i), size.x)] - 1u;
  // Of the two voxels of a slot the run starts at the first that is set.
  let slots_per_row = (size.x + 1u) / 2u;
  let root_row = root / slots_per_row;
  let pair = 2u * (root - root_row * slots_per_row);
  let bits = mask[root_row * params.words_per_row + (pair >> 5u)] >> (pair & 31u);
  labels[index] = 1u + root_row * size.x + select(pair + 1u, pair, (bits & 1u) == 1u);
}
