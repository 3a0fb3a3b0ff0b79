// Generated from gamma-steps.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface GammaStepsParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly offsetCount: number;
  readonly evaluatedSizeIjk: readonly [number, number, number];
  readonly threshold: number;
  readonly origin: readonly [number, number, number];
  readonly perTolerance: number;
  readonly stepI: readonly [number, number, number];
  readonly cap: number;
  readonly stepJ: readonly [number, number, number];
  readonly stepK: readonly [number, number, number];
}

export type GammaStepsBinding = 'reference' | 'evaluated' | 'offsets' | 'dst';

export const gammaStepsSource: ShaderSource<GammaStepsParams, GammaStepsBinding> = {
  id: 'gamma-steps',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override FRACTION_BITS: u32 = 16u;

fn source_fixed(target_ijk: vec3<u32>, origin: vec3<i32>, step_i: vec3<i32>, step_j: vec3<i32>, step_k: vec3<i32>) -> vec3<i32> {
  return origin + step_i * i32(target_ijk.x) + step_j * i32(target_ijk.y) + step_k * i32(target_ijk.z);
}
override IS_LOCAL: bool = false;
const NOT_JUDGED: f32 = -1.0;
const NO_DOSE: f32 = -1e30;
const LEAST_DOSE: f32 = 1e-9;
fn per_gy(reference: f32, per_tolerance: f32) -> f32 {
  return select(per_tolerance, per_tolerance / max(abs(reference), LEAST_DOSE), IS_LOCAL);
}
override WG_X: u32 = 64;

struct Params {
  size_ijk: vec3<u32>,
  offset_count: u32,
  evaluated_size_ijk: vec3<u32>,
  threshold: f32,
  origin: vec3<i32>,
  per_tolerance: f32,
  step_i: vec3<i32>,
  cap: f32,
  step_j: vec3<i32>,
  step_k: vec3<i32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> reference: array<f32>;
@group(0) @binding(2) var<storage, read> evaluated: array<f32>;
@group(0) @binding(3) var<storage, read> offsets: array<vec4<i32>>;
@group(0) @binding(4) var<storage, read_write> dst: array<f32>;

fn dose_at(i: u32, j: u32, k: u32) -> f32 {
  return evaluated[(k * params.evaluated_size_ijk.y + j) * params.evaluated_size_ijk.x + i];
}

fn between(a: f32, b: f32, t: f32) -> f32 {
  return a + (b - a) * t;
}

fn interpolated(at: vec3<i32>) -> f32 {
  let one = 1 << FRACTION_BITS;
  let low = at >> vec3<u32>(FRACTION_BITS);
  let f = vec3<f32>(at - low * one) * (1.0 / f32(one));
  let l = vec3<u32>(low);
  let h = min(l + 1u, params.evaluated_size_ijk - 1u);
  let c00 = between(dose_at(l.x, l.y, l.z), dose_at(h.x, l.y, l.z), f.x);
  let c10 = between(dose_at(l.x, h.y, l.z), dose_at(h.x, h.y, l.z), f.x);
  let c01 = between(dose_at(l.x, l.y, h.z), dose_at(h.x, l.y, h.z), f.x);
  let c11 = between(dose_at(l.x, h.y, h.z), dose_at(h.x, h.y, h.z), f.x);
  return between(between(c00, c10, f.y), between(c01, c11, f.y), f.z);
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
  let dose = reference[index];
  if (dose < params.threshold) {
    dst[index] = NOT_JUDGED;
    return;
  }
  let row = index / size.x;
  let k = row / size.y;
  let target_ijk = vec3<u32>(index - row * size.x, row - k * size.y, k);
  let p = source_fixed(target_ijk, params.origin, params.step_i, params.step_j, params.step_k);
  let last = vec3<i32>(params.evaluated_size_ijk - 1u) << vec3<u32>(FRACTION_BITS);
  let scale = per_gy(dose, params.per_tolerance);
  var best = params.cap * params.cap;
  for (var n = 0u; n < params.offset_count; n++) {
    let offset = offsets[n];
    let squared = bitcast<f32>(offset.w);
    if (squared >= best) {
      break;
    }
    let at = p + offset.xyz;
    if (any(at < vec3<i32>(0)) || any(at > last)) {
      continue;
    }
    let difference = (interpolated(at) - dose) * scale;
    best = min(best, squared + difference * difference);
  }
  dst[index] = sqrt(best);
}
`,
  paramsSizeBytes: 96,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'offsetCount', type: 'u32', offsetBytes: 12 },
    { name: 'evaluatedSizeIjk', type: 'vec3<u32>', offsetBytes: 16 },
    { name: 'threshold', type: 'f32', offsetBytes: 28 },
    { name: 'origin', type: 'vec3<i32>', offsetBytes: 32 },
    { name: 'perTolerance', type: 'f32', offsetBytes: 44 },
    { name: 'stepI', type: 'vec3<i32>', offsetBytes: 48 },
    { name: 'cap', type: 'f32', offsetBytes: 60 },
    { name: 'stepJ', type: 'vec3<i32>', offsetBytes: 64 },
    { name: 'stepK', type: 'vec3<i32>', offsetBytes: 80 },
  ],
  bindings: [
    { name: 'reference', binding: 1, access: 'read' },
    { name: 'evaluated', binding: 2, access: 'read' },
    { name: 'offsets', binding: 3, access: 'read' },
    { name: 'dst', binding: 4, access: 'read_write' },
  ],
  overrides: [
    { name: 'FRACTION_BITS', type: 'u32', defaultValue: 16 },
    { name: 'IS_LOCAL', type: 'bool', defaultValue: 0 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
  ],
};
