// Generated from structure-bits.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface StructureBitsParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly wordsPerRow: number;
  readonly firstStructure: number;
  readonly maskCount: number;
}

export type StructureBitsBinding = 'mask0' | 'mask1' | 'mask2' | 'mask3' | 'mask4' | 'mask5' | 'mask6' | 'labels';

export const structureBitsSource: ShaderSource<StructureBitsParams, StructureBitsBinding> = {
  id: 'structure-bits',
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
override WG_X: u32 = 256;
override IS_FIRST: bool = true;

struct Params {
  size_ijk: vec3<u32>,
  words_per_row: u32,
  first_structure: u32,
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
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 12 },
    { name: 'firstStructure', type: 'u32', offsetBytes: 16 },
    { name: 'maskCount', type: 'u32', offsetBytes: 20 },
  ],
  bindings: [
    { name: 'mask0', binding: 1, access: 'read' },
    { name: 'mask1', binding: 2, access: 'read' },
    { name: 'mask2', binding: 3, access: 'read' },
    { name: 'mask3', binding: 4, access: 'read' },
    { name: 'mask4', binding: 5, access: 'read' },
    { name: 'mask5', binding: 6, access: 'read' },
    { name: 'mask6', binding: 7, access: 'read' },
    { name: 'labels', binding: 8, access: 'read_write' },
  ],
  overrides: [
    { name: 'WG_X', type: 'u32', defaultValue: 256 },
    { name: 'IS_FIRST', type: 'bool', defaultValue: 1 },
  ],
};
