// Generated from gap-settle.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface GapSettleParams {
  readonly sizePx: readonly [number, number];
}

export type GapSettleBinding = 'planes' | 'free' | 'load' | 'src' | 'dst';

export const gapSettleSource: ShaderSource<GapSettleParams, GapSettleBinding> = {
  id: 'gap-settle',
  wgsl: `override PLANES: u32 = 13u;

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
const MAX_PIXELS: u32 = 49u;
const LEAST_SHARE: f32 = 1e-5;

struct Params {
  size_px: vec2<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> planes: array<f32>;
@group(0) @binding(2) var<storage, read> free: array<f32>;
@group(0) @binding(3) var<storage, read> load: array<f32>;
@group(0) @binding(4) var<storage, read> src: array<f32>;
@group(0) @binding(5) var<storage, read_write> dst: array<f32>;
var<workgroup> matrix: array<array<f32, 50>, 49>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let count = plane_size();
  let is_row = workgroup.x == 0u && local < count;
  let p = vec2<i32>(vec2<u32>(local % params.size_px.x, local / params.size_px.x));
  let is_free = is_row && free[min(local, count - 1u)] > 0.0;
  var diagonal = 0.0;
  if (is_free) {
    diagonal = planes[local];
    matrix[local][local] = diagonal;
    matrix[local][MAX_PIXELS] = load[local] - stencil_row(p).x;
    for (var n = 1u; n < PLANES; n++) {
      let ahead = p + STENCIL_OFFSETS[n];
      if (is_pixel(ahead) && free[pixel_index(ahead)] > 0.0) {
        matrix[local][pixel_index(ahead)] = planes[n * count + local];
      }
      let behind = p - STENCIL_OFFSETS[n];
      if (is_pixel(behind) && free[pixel_index(behind)] > 0.0) {
        matrix[local][pixel_index(behind)] = planes[n * count + pixel_index(behind)];
      }
    }
  }
  for (var k = 0u; k < count; k++) {
    workgroupBarrier();
    if (local == k && is_free && matrix[k][k] <= LEAST_SHARE * diagonal) {
      matrix[k][k] = 0.0;
    }
    workgroupBarrier();
    let pivot = matrix[k][k];
    if (is_free && local != k && pivot > 0.0) {
      let factor = matrix[local][k] / pivot;
      for (var column = k; column < count; column++) {
        matrix[local][column] -= factor * matrix[k][column];
      }
      matrix[local][MAX_PIXELS] -= factor * matrix[k][MAX_PIXELS];
    }
  }
  if (is_row) {
    var solution = 0.0;
    if (is_free && matrix[local][local] > 0.0) {
      solution = matrix[local][MAX_PIXELS] / matrix[local][local];
    }
    dst[local] = src[local] + solution;
  }
}
`,
  paramsSizeBytes: 16,
  params: [{ name: 'sizePx', type: 'vec2<u32>', offsetBytes: 0 }],
  bindings: [
    { name: 'planes', binding: 1, access: 'read' },
    { name: 'free', binding: 2, access: 'read' },
    { name: 'load', binding: 3, access: 'read' },
    { name: 'src', binding: 4, access: 'read' },
    { name: 'dst', binding: 5, access: 'read_write' },
  ],
  overrides: [
    { name: 'PLANES', type: 'u32', defaultValue: 13 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
  ],
};
