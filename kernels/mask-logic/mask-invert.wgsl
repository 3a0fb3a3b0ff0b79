// dst = not src, voxel by voxel; padding bits stay 0. One invocation makes one word.
#import dispatch
#import mask

override WG_X: u32 = 64;

struct Params {
  // Words.
  count: u32,
  words_per_row: u32,
  // Voxels of a row.
  size_i: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<u32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = linear_invocation(workgroup, count, local, WG_X);
  if (word >= params.count) {
    return;
  }
  dst[word] = ~src[word] & row_bits(word % params.words_per_row, params.size_i);
}
