// dst = union of src shifted by every offset of a ball. The ball is a list of rows (dj, dk, r), widest first: the row at
// (j + dj, k + dk), widened by r voxels both ways. What is gathered so far is widened by one voxel whenever r falls by
// one, so a row of half width r costs one OR and all of them together as many steps as the widest has. One invocation
// makes one word; it carries its neighbours along, wrong only beyond the reach of the steps to come. No barriers.
#import dispatch
#import mask

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
  // Entries of offsets.
  offset_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
// dj, dk, half width r of 0..32 voxels, falling; unused.
@group(0) @binding(2) var<storage, read> offsets: array<vec4<i32>>;
@group(0) @binding(3) var<storage, read_write> dst: array<u32>;

// The three words widened by `steps` voxels; bits from beyond them are missing.
fn widen(words: vec3<u32>, steps: u32) -> vec3<u32> {
  var wide = words;
  for (var s = 0u; s < steps; s++) {
    let from_below = vec3<u32>(0u, wide.xy) >> vec3<u32>(31u);
    let from_above = vec3<u32>(wide.yz, 0u) << vec3<u32>(31u);
    wide |= (wide << vec3<u32>(1u)) | (wide >> vec3<u32>(1u)) | from_below | from_above;
  }
  return wide;
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = linear_invocation(workgroup, count, local, WG_X);
  let per_row = params.words_per_row;
  if (word >= per_row * params.size_ijk.y * params.size_ijk.z) {
    return;
  }
  let row = word / per_row;
  let w = word - row * per_row;
  let k = row / params.size_ijk.y;
  let at = vec2<i32>(vec2<u32>(row - k * params.size_ijk.y, k));
  // Words before, here and after.
  var bits = vec3<u32>(0u);
  var r = offsets[0].z;
  for (var n = 0u; n < params.offset_count; n++) {
    let offset = offsets[n];
    bits = widen(bits, u32(r - offset.z));
    r = offset.z;
    let row_at = vec2<u32>(at + offset.xy);
    if (any(row_at >= params.size_ijk.yz)) {
      continue;
    }
    let base = (row_at.y * params.size_ijk.y + row_at.x) * per_row + w;
    if (w > 0u) {
      bits.x |= src[base - 1u];
    }
    bits.y |= src[base];
    if (w + 1u < per_row) {
      bits.z |= src[base + 1u];
    }
  }
  bits = widen(bits, u32(r));
  dst[word] = bits.y & row_bits(w, params.size_ijk.x);
}
