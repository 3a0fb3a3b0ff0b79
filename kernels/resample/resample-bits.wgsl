// dst bit of target voxel p = src bit of the source voxel nearest to A p; 0 outside the source.
// One invocation makes one word: up to 32 voxels of one target row. No shared memory, no barriers.
#import dispatch
#import fixed-point

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  target_size_ijk: vec3<u32>,
  target_words_per_row: u32,
  // Voxels.
  source_size_ijk: vec3<u32>,
  source_words_per_row: u32,
  // Source voxels in fixed point: index of target voxel (0, 0, 0), and what each target step adds.
  origin: vec3<i32>,
  step_i: vec3<i32>,
  step_j: vec3<i32>,
  step_k: vec3<i32>,
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
  if (word >= params.target_words_per_row * params.target_size_ijk.y * params.target_size_ijk.z) {
    return;
  }
  let row = word / params.target_words_per_row;
  let k = row / params.target_size_ijk.y;
  let j = row - k * params.target_size_ijk.y;
  let first = (word - row * params.target_words_per_row) * 32u;
  let n = min(32u, params.target_size_ijk.x - first);
  let half = vec3<i32>(1 << (FRACTION_BITS - 1u));
  var bits = 0u;
  for (var b = 0u; b < n; b++) {
    let at = source_fixed(vec3<u32>(first + b, j, k), params.origin, params.step_i, params.step_j, params.step_k);
    let nearest = (at + half) >> vec3<u32>(FRACTION_BITS);
    // Negative indices become huge unsigned ones.
    let p = vec3<u32>(nearest);
    if (all(p < params.source_size_ijk)) {
      let found = src[(p.z * params.source_size_ijk.y + p.y) * params.source_words_per_row + (p.x >> 5u)];
      bits |= ((found >> (p.x & 31u)) & 1u) << b;
    }
  }
  dst[word] = bits;
}
