// Generated from smooth-recursive-line.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface SmoothRecursiveLineParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly axis: number;
  readonly poles: readonly [number, number, number, number];
  readonly gains: readonly [number, number, number, number];
  readonly steady: readonly [number, number, number, number];
}

export type SmoothRecursiveLineBinding = 'src' | 'dst';

export const smoothRecursiveLineSource: ShaderSource<SmoothRecursiveLineParams, SmoothRecursiveLineBinding> = {
  id: 'smooth-recursive-line',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
fn advance(state: vec4<f32>, value: f32) -> vec4<f32> {
  let p = params.poles;
  return vec4<f32>(
    p.x * state.x - p.y * state.y + value,
    p.x * state.y + p.y * state.x,
    p.z * state.z - p.w * state.w + value,
    p.z * state.w + p.w * state.z,
  );
}
fn weigh(state: vec4<f32>) -> f32 {
  let g = params.gains;
  return g.x * state.x - g.y * state.y + g.z * state.z - g.w * state.w;
}
override WG_X: u32 = 64;

struct Params {
  size_ijk: vec3<u32>,
  axis: u32,
  poles: vec4<f32>,
  gains: vec4<f32>,
  steady: vec4<f32>,
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
  let line = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  let is_j = params.axis == 1u;
  if (line >= size.x * select(size.y, size.z, is_j)) {
    return;
  }
  let n = select(size.z, size.y, is_j);
  let stride = select(size.x * size.y, size.x, is_j);
  let slice = line / size.x;
  let base = select(line, slice * size.x * size.y + line - slice * size.x, is_j);
  var state = params.steady * src[base];
  for (var p = 0u; p < n; p++) {
    if (p > 0u) {
      state = advance(state, src[base + p * stride]);
    }
    dst[base + p * stride] = weigh(state);
  }
  state = params.steady * src[base + (n - 1u) * stride];
  for (var p = n; p > 0u; ) {
    p--;
    let value = src[base + p * stride];
    if (p + 1u < n) {
      state = advance(state, value);
    }
    dst[base + p * stride] += weigh(state) - (params.gains.x + params.gains.z) * value;
  }
}
`,
  paramsSizeBytes: 64,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'axis', type: 'u32', offsetBytes: 12 },
    { name: 'poles', type: 'vec4<f32>', offsetBytes: 16 },
    { name: 'gains', type: 'vec4<f32>', offsetBytes: 32 },
    { name: 'steady', type: 'vec4<f32>', offsetBytes: 48 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'dst', binding: 2, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
