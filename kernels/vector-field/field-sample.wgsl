// dst(p) = scale · src(A p + displacement(p)) + added(p): vectors of three f32 for each voxel, interpolated trilinearly,
// positions clamped to the outer voxel centres. One invocation makes one target voxel. No shared memory, no barriers.
#import dispatch
#import fixed-point
#import displacement

override WG_X: u32 = 64;
override HAS_ADDED: bool = false;

struct Params {
  // Voxels.
  target_size_ijk: vec3<u32>,
  scale: f32,
  // Voxels.
  source_size_ijk: vec3<u32>,
  // Source voxels in fixed point: index of target voxel (0, 0, 0), and what each target step adds.
  origin: vec3<i32>,
  step_i: vec3<i32>,
  step_j: vec3<i32>,
  step_k: vec3<i32>,
  // Source voxels in fixed point per mm along L, P, S.
  per_mm_x: vec3<f32>,
  per_mm_y: vec3<f32>,
  per_mm_z: vec3<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
// mm, LPS; anything without HAS_DISPLACEMENT.
@group(0) @binding(2) var<storage, read> displacement: array<f32>;
// Anything without HAS_ADDED.
@group(0) @binding(3) var<storage, read> added: array<f32>;
@group(0) @binding(4) var<storage, read_write> dst: array<f32>;

fn vector_at(index: u32) -> vec3<f32> {
  return vec3<f32>(src[3u * index], src[3u * index + 1u], src[3u * index + 2u]);
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let size = params.target_size_ijk;
  if (index >= size.x * size.y * size.z) {
    return;
  }
  let row = index / size.x;
  let k = row / size.y;
  let p = vec3<u32>(index - row * size.x, row - k * size.y, k);
  let at = displaced(source_fixed(p, params.origin, params.step_i, params.step_j, params.step_k), index);
  let one = 1 << FRACTION_BITS;
  let source = params.source_size_ijk;
  let inside = clamp(at, vec3<i32>(0), (vec3<i32>(source) - 1) * one);
  let low = inside >> vec3<u32>(FRACTION_BITS);
  let t = vec3<f32>(inside - low * one) * (1.0 / f32(one));
  let near = vec3<u32>(low);
  // Steps to the next voxel, none at the last.
  let strides = vec3<u32>(1u, source.x, source.x * source.y);
  let step = select(vec3<u32>(0u), strides, near + 1u < source);
  let n = (near.z * source.y + near.y) * source.x + near.x;
  let f = n + step.z;
  let v00 = mix(vector_at(n), vector_at(n + step.x), t.x);
  let v10 = mix(vector_at(n + step.y), vector_at(n + step.y + step.x), t.x);
  let v01 = mix(vector_at(f), vector_at(f + step.x), t.x);
  let v11 = mix(vector_at(f + step.y), vector_at(f + step.y + step.x), t.x);
  var v = mix(mix(v00, v10, t.y), mix(v01, v11, t.y), t.z) * params.scale;
  if (HAS_ADDED) {
    v += vec3<f32>(added[3u * index], added[3u * index + 1u], added[3u * index + 2u]);
  }
  dst[3u * index] = v.x;
  dst[3u * index + 1u] = v.y;
  dst[3u * index + 2u] = v.z;
}
