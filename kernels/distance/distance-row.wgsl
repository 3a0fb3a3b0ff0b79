// dst = squared distance in mm along i from each voxel to the nearest set voxel of its row; FAR where the row has none.
// A workgroup makes the voxels of WG_X neighbouring words of the mask. First each invocation looks how far the nearest
// set voxels beside one word are; after a barrier all write voxels side by side, one word after the other, and need only
// the word itself and the two gaps, which are in workgroup memory.
#import dispatch

override WG_X: u32 = 64;

const FAR: f32 = 1e30;
const WORD_BITS: u32 = 32u;
// Gap where there is no set voxel: more than any row has.
const NO_GAP: u32 = 0x40000000u;

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

// Of each word its bits, the index of its first voxel, its voxels, and how far the nearest set voxels before and behind it
// are from its first one.
var<workgroup> words: array<u32, WG_X>;
var<workgroup> voxels: array<u32, WG_X>;
var<workgroup> counts: array<u32, WG_X>;
var<workgroup> gaps_below: array<u32, WG_X>;
var<workgroup> gaps_above: array<u32, WG_X>;

fn gap_below(base: u32, word: u32) -> u32 {
  for (var w = word; w > 0u; ) {
    w--;
    let bits = src[base + w];
    if (bits != 0u) {
      return word * WORD_BITS - (w * WORD_BITS + firstLeadingBit(bits));
    }
  }
  return NO_GAP;
}

fn gap_above(base: u32, word: u32) -> u32 {
  for (var w = word + 1u; w < params.words_per_row; w++) {
    let bits = src[base + w];
    if (bits != 0u) {
      return (w - word) * WORD_BITS + firstTrailingBit(bits);
    }
  }
  return NO_GAP + WORD_BITS;
}

// Squared distance of voxel `bit` of a word of this workgroup.
fn squared_distance(word: u32, bit: u32) -> f32 {
  let below = words[word] & (0xffffffffu >> (WORD_BITS - 1u - bit));
  let above = words[word] & (0xffffffffu << bit);
  let nearest = min(
    select(bit + gaps_below[word], bit - firstLeadingBit(below), below != 0u),
    select(gaps_above[word] - bit, firstTrailingBit(above) - bit, above != 0u),
  );
  let distance = f32(nearest) * params.spacing;
  return select(distance * distance, FAR, nearest >= NO_GAP);
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  counts[local] = 0u;
  if (index < params.words_per_row * size.y * size.z) {
    let row = index / params.words_per_row;
    let base = row * params.words_per_row;
    let word = index - base;
    words[local] = src[index];
    voxels[local] = row * size.x + word * WORD_BITS;
    counts[local] = min(WORD_BITS, size.x - word * WORD_BITS);
    gaps_below[local] = gap_below(base, word);
    gaps_above[local] = gap_above(base, word);
  }
  workgroupBarrier();
  for (var n = local; n < WG_X * WORD_BITS; n += WG_X) {
    let word = n / WORD_BITS;
    let bit = n % WORD_BITS;
    if (bit < counts[word]) {
      dst[voxels[word] + bit] = squared_distance(word, bit);
    }
  }
}
