// Generated from splat-mask.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface SplatMaskParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly wordsPerRow: number;
  readonly sizeUv: readonly [number, number];
  readonly dstWordsPerRow: number;
  readonly stepI: readonly [number, number];
  readonly stepJ: readonly [number, number];
  readonly stepK: readonly [number, number];
  readonly origin: readonly [number, number];
}

export type SplatMaskBinding = 'src' | 'dst';

export const splatMaskSource: ShaderSource<SplatMaskParams, SplatMaskBinding> = {
  id: 'splat-mask',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;
override FRACTION_BITS: u32 = 16u;

struct Params {
  size_ijk: vec3<u32>,
  words_per_row: u32,
  size_uv: vec2<u32>,
  dst_words_per_row: u32,
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
`,
  paramsSizeBytes: 64,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 12 },
    { name: 'sizeUv', type: 'vec2<u32>', offsetBytes: 16 },
    { name: 'dstWordsPerRow', type: 'u32', offsetBytes: 24 },
    { name: 'stepI', type: 'vec2<i32>', offsetBytes: 32 },
    { name: 'stepJ', type: 'vec2<i32>', offsetBytes: 40 },
    { name: 'stepK', type: 'vec2<i32>', offsetBytes: 48 },
    { name: 'origin', type: 'vec2<i32>', offsetBytes: 56 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'dst', binding: 2, access: 'read_write' },
  ],
  overrides: [
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'FRACTION_BITS', type: 'u32', defaultValue: 16 },
  ],
};
