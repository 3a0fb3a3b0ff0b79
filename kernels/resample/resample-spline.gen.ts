// Generated from resample-spline.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface ResampleSplineParams {
  readonly targetSizeIjk: readonly [number, number, number];
  readonly outsideValue: number;
  readonly sourceSizeIjk: readonly [number, number, number];
  readonly origin: readonly [number, number, number];
  readonly stepI: readonly [number, number, number];
  readonly stepJ: readonly [number, number, number];
  readonly stepK: readonly [number, number, number];
  readonly perMmX: readonly [number, number, number];
  readonly perMmY: readonly [number, number, number];
  readonly perMmZ: readonly [number, number, number];
}

export type ResampleSplineBinding = 'coefficients' | 'displacement' | 'dst';

export const resampleSplineSource: ShaderSource<ResampleSplineParams, ResampleSplineBinding> = {
  id: 'resample-spline',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override FRACTION_BITS: u32 = 16u;

fn source_fixed(target_ijk: vec3<u32>, origin: vec3<i32>, step_i: vec3<i32>, step_j: vec3<i32>, step_k: vec3<i32>) -> vec3<i32> {
  return origin + step_i * i32(target_ijk.x) + step_j * i32(target_ijk.y) + step_k * i32(target_ijk.z);
}
override HAS_DISPLACEMENT: bool = false;
const MOST_FIXED: f32 = 268435456.0;
fn fixed_from(columns: vec3<f32>, mm: f32) -> vec3<i32> {
  return vec3<i32>(clamp(columns * mm, vec3<f32>(-MOST_FIXED), vec3<f32>(MOST_FIXED)));
}
fn displaced(at: vec3<i32>, index: u32) -> vec3<i32> {
  if (!HAS_DISPLACEMENT) {
    return at;
  }
  return at + fixed_from(params.per_mm_x, displacement[3u * index])
    + fixed_from(params.per_mm_y, displacement[3u * index + 1u])
    + fixed_from(params.per_mm_z, displacement[3u * index + 2u]);
}
fn mirrored(at: i32, n: i32) -> i32 {
  let period = max(2 * n - 2, 1);
  let phase = ((at % period) + period) % period;
  return min(phase, period - phase);
}
override WG_X: u32 = 64;

struct Params {
  target_size_ijk: vec3<u32>,
  outside_value: f32,
  source_size_ijk: vec3<u32>,
  origin: vec3<i32>,
  step_i: vec3<i32>,
  step_j: vec3<i32>,
  step_k: vec3<i32>,
  per_mm_x: vec3<f32>,
  per_mm_y: vec3<f32>,
  per_mm_z: vec3<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> coefficients: array<f32>;
@group(0) @binding(2) var<storage, read> displacement: array<f32>;
@group(0) @binding(3) var<storage, read_write> dst: array<f32>;
fn spline_weights(t: f32) -> vec4<f32> {
  let u = 1.0 - t;
  return vec4<f32>(u * u * u, 4.0 - 3.0 * t * t * (2.0 - t), 4.0 - 3.0 * u * u * (2.0 - u), t * t * t) * (1.0 / 6.0);
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let size = params.target_size_ijk;
  if (index >= size.x * size.y * size.z) {
    return;
  }
  let row = index / size.x;
  let k = row / size.y;
  let p = vec3<u32>(index - row * size.x, row - k * size.y, k);
  let at = displaced(source_fixed(p, params.origin, params.step_i, params.step_j, params.step_k), index);
  let one = 1 << FRACTION_BITS;
  let half = one >> 1u;
  let source = vec3<i32>(params.source_size_ijk);
  if (any(at < vec3<i32>(-half)) || any(at >= source * one - half)) {
    dst[index] = params.outside_value;
    return;
  }
  let below = at >> vec3<u32>(FRACTION_BITS);
  let t = vec3<f32>(at - below * one) * (1.0 / f32(one));
  let wi = spline_weights(t.x);
  let wj = spline_weights(t.y);
  let wk = spline_weights(t.z);
  let i = vec4<u32>(vec4<i32>(
    mirrored(below.x - 1, source.x),
    mirrored(below.x, source.x),
    mirrored(below.x + 1, source.x),
    mirrored(below.x + 2, source.x),
  ));
  var sum = 0.0;
  for (var c = 0; c < 4; c++) {
    let slice = mirrored(below.z - 1 + c, source.z) * source.y;
    var plane = 0.0;
    for (var b = 0; b < 4; b++) {
      let base = u32((slice + mirrored(below.y - 1 + b, source.y)) * source.x);
      let line = vec4<f32>(
        coefficients[base + i.x],
        coefficients[base + i.y],
        coefficients[base + i.z],
        coefficients[base + i.w],
      );
      plane += wj[b] * dot(wi, line);
    }
    sum += wk[c] * plane;
  }
  dst[index] = sum;
}
`,
  paramsSizeBytes: 144,
  params: [
    { name: 'targetSizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'outsideValue', type: 'f32', offsetBytes: 12 },
    { name: 'sourceSizeIjk', type: 'vec3<u32>', offsetBytes: 16 },
    { name: 'origin', type: 'vec3<i32>', offsetBytes: 32 },
    { name: 'stepI', type: 'vec3<i32>', offsetBytes: 48 },
    { name: 'stepJ', type: 'vec3<i32>', offsetBytes: 64 },
    { name: 'stepK', type: 'vec3<i32>', offsetBytes: 80 },
    { name: 'perMmX', type: 'vec3<f32>', offsetBytes: 96 },
    { name: 'perMmY', type: 'vec3<f32>', offsetBytes: 112 },
    { name: 'perMmZ', type: 'vec3<f32>', offsetBytes: 128 },
  ],
  bindings: [
    { name: 'coefficients', binding: 1, access: 'read' },
    { name: 'displacement', binding: 2, access: 'read' },
    { name: 'dst', binding: 3, access: 'read_write' },
  ],
  overrides: [
    { name: 'FRACTION_BITS', type: 'u32', defaultValue: 16 },
    { name: 'HAS_DISPLACEMENT', type: 'bool', defaultValue: 0 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
  ],
};
