// Generated from gap-prolong.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface GapProlongParams {
  readonly finePx: readonly [number, number];
  readonly coarsePx: readonly [number, number];
}

export type GapProlongBinding = 'coarse' | 'free' | 'limit' | 'dst';

export const gapProlongSource: ShaderSource<GapProlongParams, GapProlongBinding> = {
  id: 'gap-prolong',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
fn refine_weight(o: i32) -> f32 {
  return select(0.25, 0.75, o == 0 || o == 1);
}
fn first_parent(i: i32) -> i32 {
  return (i + 1) >> 1u;
}
fn first_child(c: i32) -> i32 {
  return 2 * c - 3;
}
override WG_X: u32 = 64;
override HAS_LIMIT: bool = false;

struct Params {
  fine_px: vec2<u32>,
  coarse_px: vec2<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> coarse: array<f32>;
@group(0) @binding(2) var<storage, read> free: array<f32>;
@group(0) @binding(3) var<storage, read> limit: array<f32>;
@group(0) @binding(4) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = linear_invocation(workgroup, count, local, WG_X);
  if (at >= params.fine_px.x * params.fine_px.y || free[at] == 0.0) {
    return;
  }
  let p = vec2<i32>(vec2<u32>(at % params.fine_px.x, at / params.fine_px.x));
  let parent = vec2<i32>(first_parent(p.x), first_parent(p.y));
  let width = i32(params.coarse_px.x);
  let base = parent.y * width + parent.x;
  let weight = vec2<f32>(refine_weight(p.x - 2 * parent.x + 2), refine_weight(p.y - 2 * parent.y + 2));
  let above = weight.x * coarse[base] + (1.0 - weight.x) * coarse[base + 1];
  let below = weight.x * coarse[base + width] + (1.0 - weight.x) * coarse[base + width + 1];
  var value = dst[at] + weight.y * above + (1.0 - weight.y) * below;
  if (HAS_LIMIT) {
    value = min(value, limit[at]);
  }
  dst[at] = value;
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'finePx', type: 'vec2<u32>', offsetBytes: 0 },
    { name: 'coarsePx', type: 'vec2<u32>', offsetBytes: 8 },
  ],
  bindings: [
    { name: 'coarse', binding: 1, access: 'read' },
    { name: 'free', binding: 2, access: 'read' },
    { name: 'limit', binding: 3, access: 'read' },
    { name: 'dst', binding: 4, access: 'read_write' },
  ],
  overrides: [
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'HAS_LIMIT', type: 'bool', defaultValue: 0 },
  ],
};
