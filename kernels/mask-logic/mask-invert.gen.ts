// Generated from mask-invert.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface MaskInvertParams {
  readonly count: number;
  readonly wordsPerRow: number;
  readonly sizeI: number;
}

export type MaskInvertBinding = 'src' | 'dst';

export const maskInvertSource: ShaderSource<MaskInvertParams, MaskInvertBinding> = {
  id: 'mask-invert',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
fn mask_word_index(i: u32, j: u32, k: u32, size_j: u32, words_per_row: u32) -> u32 {
  return (k * size_j + j) * words_per_row + (i >> 5u);
}
fn row_bits(word_in_row: u32, size_i: u32) -> u32 {
  let left = size_i - word_in_row * 32u;
  return select((1u << (left & 31u)) - 1u, 0xffffffffu, left >= 32u);
}
override WG_X: u32 = 64;

struct Params {
  count: u32,
  words_per_row: u32,
  size_i: u32,
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
  if (word >= params.count) {
    return;
  }
  dst[word] = ~src[word] & row_bits(word % params.words_per_row, params.size_i);
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'count', type: 'u32', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 4 },
    { name: 'sizeI', type: 'u32', offsetBytes: 8 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'dst', binding: 2, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
