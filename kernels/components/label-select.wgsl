// dst bit = 1 for voxels whose component is chosen: chosen[label - 1] != 0. One invocation makes one word.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> chosen: array<u32>;
@group(0) @binding(3) var<storage, read_write> dst: array<u32>;

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
    let label = labels[base + b];
    if (label != 0u && chosen[label - 1u] != 0u) {
      bits |= 1u << b;
    }
  }
  dst[word] = bits;
}
