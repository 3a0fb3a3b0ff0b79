// Generated from gap-relax.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface GapRelaxParams {
  readonly sizePx: readonly [number, number];
  readonly omega: number;
}

export type GapRelaxBinding = 'planes' | 'free' | 'load' | 'limit' | 'src' | 'dst';

export const gapRelaxSource: ShaderSource<GapRelaxParams, GapRelaxBinding> = {
  id: 'gap-relax',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override PLANES: u32 = 13u;

const STENCIL_OFFSETS = array<vec2<i32>, 13>(
  vec2<i32>(0, 0), vec2<i32>(1, 0), vec2<i32>(0, 1), vec2<i32>(2, 0), vec2<i32>(0, 2), vec2<i32>(1, 1), vec2<i32>(-1, 1),
  vec2<i32>(2, 1), vec2<i32>(-2, 1), vec2<i32>(1, 2), vec2<i32>(-1, 2), vec2<i32>(2, 2), vec2<i32>(-2, 2),
);

fn is_pixel(p: vec2<i32>) -> bool {
  return all(p >= vec2<i32>(0)) && all(p < vec2<i32>(params.size_px));
}

fn pixel_index(p: vec2<i32>) -> u32 {
  return u32(p.y) * params.size_px.x + u32(p.x);
}

fn plane_size() -> u32 {
  return params.size_px.x * params.size_px.y;
}
fn stencil_row(p: vec2<i32>) -> vec2<f32> {
  let at = pixel_index(p);
  let here = src[at];
  var sum = planes[at];
  var magnitude = abs(sum);
  var product = 0.0;
  for (var n = 1u; n < PLANES; n++) {
    let ahead = p + STENCIL_OFFSETS[n];
    if (is_pixel(ahead)) {
      let a = planes[n * plane_size() + at];
      sum += a;
      magnitude += abs(a);
      product += a * (src[pixel_index(ahead)] - here);
    }
    let behind = p - STENCIL_OFFSETS[n];
    if (is_pixel(behind)) {
      let there = pixel_index(behind);
      let a = planes[n * plane_size() + there];
      sum += a;
      magnitude += abs(a);
      product += a * (src[there] - here);
    }
  }
  return vec2<f32>(product + sum * here, magnitude);
}
override WG_X: u32 = 64;
override HAS_LIMIT: bool = false;

struct Params {
  size_px: vec2<u32>,
  omega: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> planes: array<f32>;
@group(0) @binding(2) var<storage, read> free: array<f32>;
@group(0) @binding(3) var<storage, read> load: array<f32>;
@group(0) @binding(4) var<storage, read> limit: array<f32>;
@group(0) @binding(5) var<storage, read> src: array<f32>;
@group(0) @binding(6) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = linear_invocation(workgroup, count, local, WG_X);
  if (at >= plane_size()) {
    return;
  }
  var value = src[at];
  if (free[at] > 0.0) {
    let v = at / params.size_px.x;
    let row = stencil_row(vec2<i32>(vec2<u32>(at - v * params.size_px.x, v)));
    value += params.omega * (load[at] - row.x) / row.y;
    if (HAS_LIMIT) {
      value = min(value, limit[at]);
    }
  }
  dst[at] = value;
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'sizePx', type: 'vec2<u32>', offsetBytes: 0 },
    { name: 'omega', type: 'f32', offsetBytes: 8 },
  ],
  bindings: [
    { name: 'planes', binding: 1, access: 'read' },
    { name: 'free', binding: 2, access: 'read' },
    { name: 'load', binding: 3, access: 'read' },
    { name: 'limit', binding: 4, access: 'read' },
    { name: 'src', binding: 5, access: 'read' },
    { name: 'dst', binding: 6, access: 'read_write' },
  ],
  overrides: [
    { name: 'PLANES', type: 'u32', defaultValue: 13 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'HAS_LIMIT', type: 'bool', defaultValue: 0 },
  ],
};
