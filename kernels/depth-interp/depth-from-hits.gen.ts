// Generated from depth-from-hits.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface DepthFromHitsParams {
  readonly sizePx: readonly [number, number];
  readonly wordsPerRow: number;
}

export type DepthFromHitsBinding = 'hits' | 'depth' | 'valid';

export const depthFromHitsSource: ShaderSource<DepthFromHitsParams, DepthFromHitsBinding> = {
  id: 'depth-from-hits',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 128;
const MAX_WORDS: u32 = 8u;

struct Params {
  size_px: vec2<u32>,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> hits: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> depth: array<f32>;
@group(0) @binding(3) var<storage, read_write> valid: array<u32>;

var<workgroup> group_words: array<atomic<u32>, MAX_WORDS>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let word = index >> 5u;
  let v = word / params.words_per_row;
  let u = index - v * params.words_per_row * 32u;
  if (v < params.size_px.y && u < params.size_px.x) {
    let at = v * params.size_px.x + u;
    let hit = hits[at];
    depth[at] = hit.w;
    if (any(hit.xyz != vec3<f32>(0.0))) {
      atomicOr(&group_words[local >> 5u], 1u << (local & 31u));
    }
  }
  workgroupBarrier();
  if ((local & 31u) == 0u && v < params.size_px.y) {
    valid[word] = atomicLoad(&group_words[local >> 5u]);
  }
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'sizePx', type: 'vec2<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 8 },
  ],
  bindings: [
    { name: 'hits', binding: 1, access: 'read' },
    { name: 'depth', binding: 2, access: 'read_write' },
    { name: 'valid', binding: 3, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 128 }],
};
