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

struct Params {
  size_ijk: vec3<u32>,
  words_per_row: u32,
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
