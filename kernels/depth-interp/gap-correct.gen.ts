// Generated from gap-correct.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface GapCorrectParams {
  readonly pixelCount: number;
}

export type GapCorrectBinding = 'free' | 'limit' | 'correction' | 'dst';

export const gapCorrectSource: ShaderSource<GapCorrectParams, GapCorrectBinding> = {
  id: 'gap-correct',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

struct Params {
  pixel_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> free: array<f32>;
@group(0) @binding(2) var<storage, read> limit: array<f32>;
@group(0) @binding(3) var<storage, read> correction: array<f32>;
@group(0) @binding(4) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = linear_invocation(workgroup, count, local, WG_X);
  if (at >= params.pixel_count || free[at] == 0.0) {
    return;
  }
  dst[at] = min(dst[at] + correction[at], limit[at]);
}
`,
  paramsSizeBytes: 16,
  params: [{ name: 'pixelCount', type: 'u32', offsetBytes: 0 }],
  bindings: [
    { name: 'free', binding: 1, access: 'read' },
    { name: 'limit', binding: 2, access: 'read' },
    { name: 'correction', binding: 3, access: 'read' },
    { name: 'dst', binding: 4, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
