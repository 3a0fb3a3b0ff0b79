// Generated from dilate-ball.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface DilateBallParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly wordsPerRow: number;
  readonly offsetCount: number;
}

export type DilateBallBinding = 'src' | 'offsets' | 'dst';

export const dilateBallSource: ShaderSource<DilateBallParams, DilateBallBinding> = {
  id: 'dilate-ball',
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
  size_ijk: vec3<u32>,
  words_per_row: u32,
  offset_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read> offsets: array<vec4<i32>>;
@group(0) @binding(3) var<storage, read_write> dst: array<u32>;

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
  let k = i32(row / params.size_ijk.y);
  let j = i32(row) - k * i32(params.size_ijk.y);
  var bits = 0u;
  for (var n = 0u; n < params.offset_count; n++) {
    let offset = offsets[n];
    let oj = j + offset.x;
    let ok = k + offset.y;
    if (oj < 0 || ok < 0 || oj >= i32(params.size_ijk.y) || ok >= i32(params.size_ijk.z)) {
      continue;
    }
    let base = u32(ok * i32(params.size_ijk.y) + oj) * per_row;
    let here = src[base + w];
    var before = 0u;
    if (w > 0u) {
      before = src[base + w - 1u];
    }
    var after = 0u;
    if (w + 1u < per_row) {
      after = src[base + w + 1u];
    }
    if ((here | before | after) == 0u) {
      continue;
    }
    bits |= here;
    for (var s = 1u; s <= u32(offset.z); s++) {
      bits |= (here << s) | (here >> s) | (before >> (32u - s)) | (after << (32u - s));
    }
    if (bits == 0xffffffffu) {
      break;
    }
  }
  dst[word] = bits & row_bits(w, params.size_ijk.x);
}
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 12 },
    { name: 'offsetCount', type: 'u32', offsetBytes: 16 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'offsets', binding: 2, access: 'read' },
    { name: 'dst', binding: 3, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
