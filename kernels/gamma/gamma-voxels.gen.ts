// Generated from gamma-voxels.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface GammaVoxelsParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly offsetCount: number;
  readonly threshold: number;
  readonly perTolerance: number;
  readonly cap: number;
}

export type GammaVoxelsBinding = 'reference' | 'evaluated' | 'offsets' | 'dst';

export const gammaVoxelsSource: ShaderSource<GammaVoxelsParams, GammaVoxelsBinding> = {
  id: 'gamma-voxels',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
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
  threshold: f32,
  per_tolerance: f32,
  cap: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> reference: array<f32>;
@group(0) @binding(2) var<storage, read> evaluated: array<f32>;
@group(0) @binding(3) var<storage, read> offsets: array<vec4<i32>>;
@group(0) @binding(4) var<storage, read_write> dst: array<f32>;

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
  let p = vec3<i32>(vec3<u32>(index - row * size.x, row - k * size.y, k));
  let scale = per_gy(dose, params.per_tolerance);
  var best = params.cap * params.cap;
  for (var n = 0u; n < params.offset_count; n++) {
    let offset = offsets[n];
    let squared = bitcast<f32>(offset.w);
    if (squared >= best) {
      break;
    }
    let q = p + offset.xyz;
    if (any(q < vec3<i32>(0)) || any(q >= vec3<i32>(size))) {
      continue;
    }
    let found = evaluated[(u32(q.z) * size.y + u32(q.y)) * size.x + u32(q.x)];
    if (found > NO_DOSE) {
      let difference = (found - dose) * scale;
      best = min(best, squared + difference * difference);
    }
  }
  dst[index] = sqrt(best);
}
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'offsetCount', type: 'u32', offsetBytes: 12 },
    { name: 'threshold', type: 'f32', offsetBytes: 16 },
    { name: 'perTolerance', type: 'f32', offsetBytes: 20 },
    { name: 'cap', type: 'f32', offsetBytes: 24 },
  ],
  bindings: [
    { name: 'reference', binding: 1, access: 'read' },
    { name: 'evaluated', binding: 2, access: 'read' },
    { name: 'offsets', binding: 3, access: 'read' },
    { name: 'dst', binding: 4, access: 'read_write' },
  ],
  overrides: [
    { name: 'IS_LOCAL', type: 'bool', defaultValue: 0 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
  ],
};
