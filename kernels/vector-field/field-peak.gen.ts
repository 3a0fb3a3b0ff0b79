// Generated from field-peak.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface FieldPeakParams {
  readonly count: number;
  readonly parts: number;
}

export type FieldPeakBinding = 'src' | 'peaks';

export const fieldPeakSource: ShaderSource<FieldPeakParams, FieldPeakBinding> = {
  id: 'field-peak',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

struct Params {
  count: u32,
  parts: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> peaks: array<f32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let part = linear_invocation(workgroup, count, local, WG_X);
  if (part >= params.parts) {
    return;
  }
  var most = 0.0;
  for (var n = part; n < params.count; n += params.parts) {
    let v = vec3<f32>(src[3u * n], src[3u * n + 1u], src[3u * n + 2u]);
    most = max(most, dot(v, v));
  }
  peaks[part] = most;
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'count', type: 'u32', offsetBytes: 0 },
    { name: 'parts', type: 'u32', offsetBytes: 4 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'peaks', binding: 2, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
