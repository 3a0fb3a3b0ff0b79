// Generated from mask-combine.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface MaskCombineParams {
  readonly count: number;
}

export type MaskCombineBinding = 'a' | 'b' | 'dst';

export const maskCombineSource: ShaderSource<MaskCombineParams, MaskCombineBinding> = {
  id: 'mask-combine',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;
override OPERATION: u32 = 0u;

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> dst: array<u32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = linear_invocation(workgroup, count, local, WG_X);
  if (word >= params.count) {
    return;
  }
  switch OPERATION {
    case 0u: { dst[word] = a[word] & b[word]; }
    case 1u: { dst[word] = a[word] | b[word]; }
    case 2u: { dst[word] = a[word] & ~b[word]; }
    default: { dst[word] = a[word] ^ b[word]; }
  }
}
`,
  paramsSizeBytes: 16,
  params: [{ name: 'count', type: 'u32', offsetBytes: 0 }],
  bindings: [
    { name: 'a', binding: 1, access: 'read' },
    { name: 'b', binding: 2, access: 'read' },
    { name: 'dst', binding: 3, access: 'read_write' },
  ],
  overrides: [
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'OPERATION', type: 'u32', defaultValue: 0 },
  ],
};
