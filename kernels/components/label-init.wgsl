// labels[v] = v + 1 inside the mask, 0 outside: every voxel starts as a component of its own.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> mask: array<u32>;
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
  let bit = (mask[row * params.words_per_row + (i >> 5u)] >> (i & 31u)) & 1u;
  labels[index] = select(0u, index + 1u, bit == 1u);
}
