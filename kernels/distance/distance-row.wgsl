// dst = squared distance in mm along i from each voxel to the nearest set voxel of its row; FAR where the row has none.
// One invocation makes one voxel; it looks at whole words of the row, outwards. No shared memory, no barriers.
#import dispatch

override WG_X: u32 = 64;

const FAR: f32 = 1e30;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
  // mm.
  spacing: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;

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
  let i = index - row * size.x;
  let base = row * params.words_per_row;
  let here = i >> 5u;
  var nearest = 0xffffffffu;

  var word = here;
  var bits = src[base + here] & (0xffffffffu >> (31u - (i & 31u)));
  while (bits == 0u && word > 0u) {
    word--;
    bits = src[base + word];
  }
  if (bits != 0u) {
    nearest = i - (word * 32u + firstLeadingBit(bits));
  }

  word = here;
  bits = src[base + here] & (0xffffffffu << (i & 31u));
  // A word that begins farther away than what is found cannot have anything nearer.
  while (bits == 0u && word + 1u < params.words_per_row && (word + 1u) * 32u - i < nearest) {
    word++;
    bits = src[base + word];
  }
  if (bits != 0u) {
    nearest = min(nearest, word * 32u + firstTrailingBit(bits) - i);
  }

  let distance = f32(nearest) * params.spacing;
  dst[index] = select(distance * distance, FAR, nearest == 0xffffffffu);
}
