// Generated from box-sum.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface BoxSumParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly axis: number;
  readonly radius: number;
  readonly planes: number;
}

export type BoxSumBinding = 'src' | 'dst';

export const boxSumSource: ShaderSource<BoxSumParams, BoxSumBinding> = {
  id: 'box-sum',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

struct Params {
  size_ijk: vec3<u32>,
  axis: u32,
  radius: u32,
  planes: u32,
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
  let index = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  if (index >= size.x * size.y * size.z * params.planes) {
    return;
  }
  let row = index / size.x;
  let p = vec3<u32>(index - row * size.x, row % size.y, (row / size.y) % size.z);
  let stride = select(select(size.x * size.y, size.x, params.axis == 1u), 1u, params.axis == 0u);
  let at = p[params.axis];
  let first = at - min(at, params.radius);
  let last = min(at + params.radius, size[params.axis] - 1u);
  var sum = 0.0;
  for (var q = first; q <= last; q++) {
    sum += src[index - at * stride + q * stride];
  }
  dst[index] = sum;
}
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'axis', type: 'u32', offsetBytes: 12 },
    { name: 'radius', type: 'u32', offsetBytes: 16 },
    { name: 'planes', type: 'u32', offsetBytes: 20 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'dst', binding: 2, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
