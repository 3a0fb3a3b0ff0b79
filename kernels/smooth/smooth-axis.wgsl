// dst(p) = sum over r = -radius … radius of weights[|r|] · src(p + r along axis), positions clamped to the grid or, with
// IS_MIRRORED, reflected at the centres of the outer voxels as often as it takes.
// One invocation makes one voxel. No shared memory, no barriers. src and dst do not overlap.
#import dispatch
#import mirrored

override WG_X: u32 = 64;
override IS_MIRRORED: bool = false;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  // 0, 1, 2: along i, j, k.
  axis: u32,
  // Voxels.
  radius: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
// radius + 1 weights, the centre first.
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> dst: array<f32>;

fn inside(at: i32, last: i32) -> i32 {
  if (IS_MIRRORED) {
    return mirrored(at, last + 1);
  }
  return clamp(at, 0, last);
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
  let p = vec3<u32>(index - row * size.x, row % size.y, row / size.y);
  let stride = select(select(size.x * size.y, size.x, params.axis == 1u), 1u, params.axis == 0u);
  let at = i32(p[params.axis]);
  let last = i32(size[params.axis]) - 1;
  let base = i32(index) - at * i32(stride);
  var sum = src[index] * weights[0];
  for (var r = 1; r <= i32(params.radius); r++) {
    let low = src[base + inside(at - r, last) * i32(stride)];
    let high = src[base + inside(at + r, last) * i32(stride)];
    sum += (low + high) * weights[r];
  }
  dst[index] = sum;
}
