// Generated from cover-pair.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface CoverPairParams {
  readonly sizePx: readonly [number, number];
  readonly wordsPerRow: number;
}

export type CoverPairBinding = 'gap' | 'valid' | 'front' | 'back' | 'pairs';

export const coverPairSource: ShaderSource<CoverPairParams, CoverPairBinding> = {
  id: 'cover-pair',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;
override OUTSIDE_GAP: bool = false;
const NO_SURFACE: f32 = -1e30;

struct Params {
  size_px: vec2<u32>,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gap: array<u32>;
@group(0) @binding(2) var<storage, read> valid: array<u32>;
@group(0) @binding(3) var<storage, read> front: array<f32>;
@group(0) @binding(4) var<storage, read> back: array<f32>;
@group(0) @binding(5) var<storage, read_write> pairs: array<vec2<f32>>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = linear_invocation(workgroup, count, local, WG_X);
  if (at >= params.size_px.x * params.size_px.y) {
    return;
  }
  let v = at / params.size_px.x;
  let u = at - v * params.size_px.x;
  let word = v * params.words_per_row + (u >> 5u);
  var bits = valid[word];
  if (OUTSIDE_GAP) {
    bits = bits & ~gap[word];
  }
  var pair = vec2<f32>(NO_SURFACE);
  if (((bits >> (u & 31u)) & 1u) == 1u) {
    pair = vec2<f32>(front[at], back[at]);
  }
  pairs[at] = pair;
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'sizePx', type: 'vec2<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 8 },
  ],
  bindings: [
    { name: 'gap', binding: 1, access: 'read' },
    { name: 'valid', binding: 2, access: 'read' },
    { name: 'front', binding: 3, access: 'read' },
    { name: 'back', binding: 4, access: 'read' },
    { name: 'pairs', binding: 5, access: 'read_write' },
  ],
  overrides: [
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'OUTSIDE_GAP', type: 'bool', defaultValue: 0 },
  ],
};
