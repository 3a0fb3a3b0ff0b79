// dst(p) = sum over r = -radius … radius of src(p + r along axis), nothing beyond the grid, for each of several planes
// that follow each other. One invocation makes one voxel of one plane. No shared memory, no barriers. No overlap.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Voxels of a plane.
  size_ijk: vec3<u32>,
  // 0, 1, 2: along i, j, k.
  axis: u32,
  // Voxels.
  radius: u32,
  planes: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  if (index >= size.x * size.y * size.z * params.planes) {
    return;
  }
  let row = index / size.x;
  let p = vec3<u32>(index - row * size.x, row % size.y, (row / size.y) % size.z);
  let stride = select(select(size.x * size.y, size.x, params.axis == 1u), 1u, params.axis == 0u);
  let at = p[params.axis];
  let first = at - min(at, params.radius);
  let last = min(at + params.radius, size[params.axis] - 1u);
  var sum = 0.0;
  for (var q = first; q <= last; q++) {
    sum += src[index - at * stride + q * stride];
  }
  dst[index] = sum;
}
