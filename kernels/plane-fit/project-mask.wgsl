// Silhouette of a mask along a stored axis: dst bit (a, b) = any voxel set on the line through it. The other two axes
// keep their order: (j, k) for axis 0, (i, k) for axis 1, (i, j) for axis 2; rows of dst run along the first of them.
// One invocation makes one word of dst. No shared memory, no barriers.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
  // 0, 1, 2: along i, j, k.
  axis: u32,
  // Words of a row of dst.
  dst_words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<u32>;

// Any voxel of the row (j, k)?
fn row_has_any(j: u32, k: u32) -> bool {
  let base = (k * params.size_ijk.y + j) * params.words_per_row;
  for (var w = 0u; w < params.words_per_row; w++) {
    if (src[base + w] != 0u) {
      return true;
    }
  }
  return false;
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  let dst_rows = select(size.z, size.y, params.axis == 2u);
  if (word >= params.dst_words_per_row * dst_rows) {
    return;
  }
  let row = word / params.dst_words_per_row;
  let w = word - row * params.dst_words_per_row;
  var bits = 0u;
  if (params.axis == 0u) {
    let first = w * 32u;
    let n = min(32u, size.y - first);
    for (var b = 0u; b < n; b++) {
      if (row_has_any(first + b, row)) {
        bits |= 1u << b;
      }
    }
  } else {
    let steps = select(size.z, size.y, params.axis == 1u);
    for (var s = 0u; s < steps; s++) {
      let source_row = select(s * size.y + row, row * size.y + s, params.axis == 1u);
      bits |= src[source_row * params.words_per_row + w];
    }
  }
  dst[word] = bits;
}
