// dst pixel (u, v) = any voxel of the mask whose centre falls into it, in fixed point: u = (origin + steps·(i, j, k))
// >> FRACTION_BITS, v likewise. One invocation takes one word of the mask and gathers the bits that go to one word of
// dst; it writes them only where they are not yet set, so that the atomics stay cold. No shared memory, no barriers.
#import dispatch

override WG_X: u32 = 64;
override FRACTION_BITS: u32 = 16u;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
  // Pixels along u and v.
  size_uv: vec2<u32>,
  // Words of a row of dst.
  dst_words_per_row: u32,
  // Pixels of one step of i, j, k, and of the origin, times 2^FRACTION_BITS.
  step_i: vec2<i32>,
  step_j: vec2<i32>,
  step_k: vec2<i32>,
  origin: vec2<i32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<atomic<u32>>;

const NOWHERE: u32 = 0xffffffffu;

fn set_bits(word: u32, bits: u32) {
  if (word != NOWHERE && (atomicLoad(&dst[word]) & bits) != bits) {
    atomicOr(&dst[word], bits);
  }
}

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
  var bits = src[word];
  if (bits == 0u) {
    return;
  }
  let row = word / params.words_per_row;
  let first = (word - row * params.words_per_row) * 32u;
  let k = row / params.size_ijk.y;
  let j = row - k * params.size_ijk.y;
  let start = params.origin + params.step_i * i32(first) + params.step_j * i32(j) + params.step_k * i32(k);
  var held_word = NOWHERE;
  var held_bits = 0u;
  while (bits != 0u) {
    let b = firstTrailingBit(bits);
    bits &= bits - 1u;
    // A position before the first pixel is a large number here.
    let pixel = vec2<u32>((start + params.step_i * i32(b)) >> vec2<u32>(FRACTION_BITS));
    if (pixel.x < params.size_uv.x && pixel.y < params.size_uv.y) {
      let dst_word = pixel.y * params.dst_words_per_row + (pixel.x >> 5u);
      if (dst_word != held_word) {
        set_bits(held_word, held_bits);
        held_word = dst_word;
        held_bits = 0u;
      }
      held_bits |= 1u << (pixel.x & 31u);
    }
  }
  set_bits(held_word, held_bits);
}
