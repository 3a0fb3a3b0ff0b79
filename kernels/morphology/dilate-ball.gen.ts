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
