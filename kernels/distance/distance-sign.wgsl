// dst = outside − inside: one of the two distances is 0 everywhere. One invocation makes four voxels. In place allowed in
// neither; no shared memory, no barriers.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Groups of four voxels.
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// mm to the nearest set voxel, and to the nearest one that is not set.
@group(0) @binding(1) var<storage, read> outside: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> inside: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dst: array<vec4<f32>>;

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
  dst[index] = outside[index] - inside[index];
}
