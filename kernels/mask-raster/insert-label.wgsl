// Bit `label` of labels (i, j, k) = src bit (i, j, k), the other bits stay. One invocation takes one voxel. No shared
// memory, no barriers.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
  // 0..31.
  label: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> labels: array<u32>;

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
  let bit = (src[row * params.words_per_row + (i >> 5u)] >> (i & 31u)) & 1u;
  labels[index] = insertBits(labels[index], bit, params.label, 1u);
}
