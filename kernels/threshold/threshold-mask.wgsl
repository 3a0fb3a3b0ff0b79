// dst bit (i, j, k) = low <= stored(i, j, k) <= high, in stored values.
// One invocation makes one word: up to 32 voxels of one row. No shared memory, no barriers.
#import dispatch
#import volume

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
  // Stored values, both inclusive.
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
@group(0) @binding(5) var<storage, read_write> dst: array<u32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = linear_invocation(workgroup, count, local, WG_X);
  if (word >= params.words_per_row * params.size_ijk.y * params.size_ijk.z) {
    return;
  }
  let row = word / params.words_per_row;
  let first = (word - row * params.words_per_row) * 32u;
  let n = min(32u, params.size_ijk.x - first);
  let base = row * params.size_ijk.x + first;
  var bits = 0u;
  for (var b = 0u; b < n; b++) {
    let v = load_stored(base + b);
    if (v >= params.low && v <= params.high) {
      bits |= 1u << b;
    }
  }
  dst[word] = bits;
}
