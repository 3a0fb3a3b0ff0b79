// Generated from distance-row.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface DistanceRowParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly wordsPerRow: number;
  readonly spacing: number;
}

export type DistanceRowBinding = 'src' | 'dst';

export const distanceRowSource: ShaderSource<DistanceRowParams, DistanceRowBinding> = {
  id: 'distance-row',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

const FAR: f32 = 1e30;
const WORD_BITS: u32 = 32u;
const NO_GAP: u32 = 0x40000000u;

struct Params {
  size_ijk: vec3<u32>,
  words_per_row: u32,
  spacing: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;
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
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 12 },
    { name: 'spacing', type: 'f32', offsetBytes: 16 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'dst', binding: 2, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
