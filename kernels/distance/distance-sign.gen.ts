// Generated from distance-sign.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface DistanceSignParams {
  readonly count: number;
}

export type DistanceSignBinding = 'outside' | 'inside' | 'dst';

export const distanceSignSource: ShaderSource<DistanceSignParams, DistanceSignBinding> = {
  id: 'distance-sign',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> outside: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> inside: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dst: array<vec4<f32>>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  if (index >= params.count) {
    return;
  }
  dst[index] = outside[index] - inside[index];
}
`,
  paramsSizeBytes: 16,
  params: [{ name: 'count', type: 'u32', offsetBytes: 0 }],
  bindings: [
    { name: 'outside', binding: 1, access: 'read' },
    { name: 'inside', binding: 2, access: 'read' },
    { name: 'dst', binding: 3, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
