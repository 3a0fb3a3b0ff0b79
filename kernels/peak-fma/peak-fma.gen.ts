// Generated from peak-fma.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface PeakFmaParams {
  readonly count: number;
  readonly rounds: number;
  readonly scale: number;
  readonly offset: number;
}

export type PeakFmaBinding = 'dst';

export const peakFmaSource: ShaderSource<PeakFmaParams, PeakFmaBinding> = {
  id: 'peak-fma',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

struct Params {
  count: u32,
  rounds: u32,
  scale: f32,
  offset: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let v = linear_invocation(workgroup, count, local, WG_X);
  if (v >= params.count) {
    return;
  }
  let scale = vec4<f32>(params.scale);
  let offset = vec4<f32>(params.offset);
  let start = f32(v & 255u);
  var a = vec4<f32>(start, start + 1.0, start + 2.0, start + 3.0);
  var b = a + vec4<f32>(4.0);
  for (var round = 0u; round < params.rounds; round++) {
    a = fma(a, scale, offset);
    b = fma(b, scale, offset);
    a = fma(a, scale, offset);
    b = fma(b, scale, offset);
    a = fma(a, scale, offset);
    b = fma(b, scale, offset);
    a = fma(a, scale, offset);
    b = fma(b, scale, offset);
  }
  let c = a + b;
  dst[v] = (c.x + c.y) + (c.z + c.w);
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'count', type: 'u32', offsetBytes: 0 },
    { name: 'rounds', type: 'u32', offsetBytes: 4 },
    { name: 'scale', type: 'f32', offsetBytes: 8 },
    { name: 'offset', type: 'f32', offsetBytes: 12 },
  ],
  bindings: [{ name: 'dst', binding: 1, access: 'read_write' }],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
