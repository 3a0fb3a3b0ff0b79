// labels[v] |= bit (first_structure + m) for each mask m that has voxel v; the first pass replaces what was there.
// One invocation makes one label; the 32 voxels of a mask word are neighbours, so its loads are shared. No barriers.
#import dispatch
#import mask

override WG_X: u32 = 256;
override IS_FIRST: bool = true;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
  first_structure: u32,
  // Masks bound, 1 to 7; the bindings behind them are not read.
  mask_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> mask_0: array<u32>;
@group(0) @binding(2) var<storage, read> mask_1: array<u32>;
@group(0) @binding(3) var<storage, read> mask_2: array<u32>;
@group(0) @binding(4) var<storage, read> mask_3: array<u32>;
@group(0) @binding(5) var<storage, read> mask_4: array<u32>;
@group(0) @binding(6) var<storage, read> mask_5: array<u32>;
@group(0) @binding(7) var<storage, read> mask_6: array<u32>;
@group(0) @binding(8) var<storage, read_write> labels: array<u32>;

fn load_mask(m: u32, word: u32) -> u32 {
  switch m {
    case 0u: { return mask_0[word]; }
    case 1u: { return mask_1[word]; }
    case 2u: { return mask_2[word]; }
    case 3u: { return mask_3[word]; }
    case 4u: { return mask_4[word]; }
    case 5u: { return mask_5[word]; }
    default: { return mask_6[word]; }
  }
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  if (index >= params.size_ijk.x * params.size_ijk.y * params.size_ijk.z) {
    return;
  }
  let row = index / params.size_ijk.x;
  let i = index - row * params.size_ijk.x;
  let word = mask_word_index(i, row, 0u, 0u, params.words_per_row);
  var bits = 0u;
  for (var m = 0u; m < params.mask_count; m++) {
    bits |= extractBits(load_mask(m, word), i & 31u, 1u) << (params.first_structure + m);
  }
  if (IS_FIRST) {
    labels[index] = bits;
  } else if (bits != 0u) {
    labels[index] |= bits;
  }
}
