// sizes[label - 1] += 1 for every voxel; touches[label - 1] = 1 for components with a voxel on a border plane of one of
// the border axes.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  // Bits 0, 1, 2: the planes at both ends of i, j, k are border.
  border_axes: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> sizes: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> touches: array<atomic<u32>>;

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
  let label = labels[index];
  if (label == 0u) {
    return;
  }
  atomicAdd(&sizes[label - 1u], 1u);
  let row = index / size.x;
  let p = vec3<u32>(index - row * size.x, row % size.y, row / size.y);
  let at_end = (p == vec3<u32>(0u)) | (p == size - 1u);
  let is_border = (vec3<u32>(params.border_axes) & vec3<u32>(1u, 2u, 4u)) != vec3<u32>(0u);
  if (any(at_end & is_border)) {
    atomicMax(&touches[label - 1u], 1u);
  }
}
