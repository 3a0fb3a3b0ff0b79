// Generated from smooth-axis.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface SmoothAxisParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly axis: number;
  readonly radius: number;
}

export type SmoothAxisBinding = 'src' | 'weights' | 'dst';

export const smoothAxisSource: ShaderSource<SmoothAxisParams, SmoothAxisBinding> = {
  id: 'smooth-axis',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
fn mirrored(at: i32, n: i32) -> i32 {
  let period = max(2 * n - 2, 1);
  let phase = ((at % period) + period) % period;
  return min(phase, period - phase);
}
override WG_X: u32 = 64;
override IS_MIRRORED: bool = false;

struct Params {
  size_ijk: vec3<u32>,
  axis: u32,
  radius: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> dst: array<f32>;

fn inside(at: i32, last: i32) -> i32 {
  if (IS_MIRRORED) {
    return mirrored(at, last + 1);
  }
  return clamp(at, 0, last);
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  if (index >= size.x * size.y * size.z) {
    return;
  }
  let row = index / size.x;
  let p = vec3<u32>(index - row * size.x, row % size.y, row / size.y);
  let stride = select(select(size.x * size.y, size.x, params.axis == 1u), 1u, params.axis == 0u);
  let at = i32(p[params.axis]);
  let last = i32(size[params.axis]) - 1;
  let base = i32(index) - at * i32(stride);
  var sum = src[index] * weights[0];
  for (var r = 1; r <= i32(params.radius); r++) {
    let low = src[base + inside(at - r, last) * i32(stride)];
    let high = src[base + inside(at + r, last) * i32(stride)];
    sum += (low + high) * weights[r];
  }
  dst[index] = sum;
}
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'axis', type: 'u32', offsetBytes: 12 },
    { name: 'radius', type: 'u32', offsetBytes: 16 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'weights', binding: 2, access: 'read' },
    { name: 'dst', binding: 3, access: 'read_write' },
  ],
  overrides: [
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'IS_MIRRORED', type: 'bool', defaultValue: 0 },
  ],
};
