// labels[v] = 1 + root of v: 1 + the smallest voxel of the component.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> labels: array<atomic<u32>>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  if (index >= params.count) {
    return;
  }
  var label = atomicLoad(&labels[index]);
  if (label == 0u) {
    return;
  }
  var parent = atomicLoad(&labels[label - 1u]);
  while (parent != label) {
    label = parent;
    parent = atomicLoad(&labels[label - 1u]);
  }
  atomicStore(&labels[index], label);
}
