// Generated from gap-restrict.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface GapRestrictParams {
  readonly finePx: readonly [number, number];
  readonly coarsePx: readonly [number, number];
}

export type GapRestrictBinding = 'src' | 'dst';

export const gapRestrictSource: ShaderSource<GapRestrictParams, GapRestrictBinding> = {
  id: 'gap-restrict',
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

struct Params {
  fine_px: vec2<u32>,
  coarse_px: vec2<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;

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
  var sum = 0.0;
  for (var y = max(first.y, 0); y < min(first.y + 4, size.y); y++) {
    var row = 0.0;
    for (var x = max(first.x, 0); x < min(first.x + 4, size.x); x++) {
      row += refine_weight(x - first.x - 1) * src[y * size.x + x];
    }
    sum += refine_weight(y - first.y - 1) * row;
  }
  dst[at] = sum;
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'finePx', type: 'vec2<u32>', offsetBytes: 0 },
    { name: 'coarsePx', type: 'vec2<u32>', offsetBytes: 8 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'dst', binding: 2, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
