// Generated from gap-limit.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface GapLimitParams {
  readonly finePx: readonly [number, number];
  readonly coarsePx: readonly [number, number];
}

export type GapLimitBinding = 'free' | 'limit' | 'src' | 'dst';

export const gapLimitSource: ShaderSource<GapLimitParams, GapLimitBinding> = {
  id: 'gap-limit',
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
const NO_LIMIT: f32 = 1e30;

struct Params {
  fine_px: vec2<u32>,
  coarse_px: vec2<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> free: array<f32>;
@group(0) @binding(2) var<storage, read> limit: array<f32>;
@group(0) @binding(3) var<storage, read> src: array<f32>;
@group(0) @binding(4) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = linear_invocation(workgroup, count, local, WG_X);
  if (at >= params.coarse_px.x * params.coarse_px.y) {
    return;
  }
  let c = vec2<u32>(at % params.coarse_px.x, at / params.coarse_px.x);
  let first = vec2<i32>(first_child(i32(c.x)), first_child(i32(c.y)));
  let size = vec2<i32>(params.fine_px);
  var least = NO_LIMIT;
  for (var y = max(first.y, 0); y < min(first.y + 4, size.y); y++) {
    for (var x = max(first.x, 0); x < min(first.x + 4, size.x); x++) {
      let fine = y * size.x + x;
      if (free[fine] > 0.0) {
        least = min(least, limit[fine] - src[fine]);
      }
    }
  }
  dst[at] = least;
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'finePx', type: 'vec2<u32>', offsetBytes: 0 },
    { name: 'coarsePx', type: 'vec2<u32>', offsetBytes: 8 },
  ],
  bindings: [
    { name: 'free', binding: 1, access: 'read' },
    { name: 'limit', binding: 2, access: 'read' },
    { name: 'src', binding: 3, access: 'read' },
    { name: 'dst', binding: 4, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
