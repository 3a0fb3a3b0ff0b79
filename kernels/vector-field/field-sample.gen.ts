// Generated from field-sample.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface FieldSampleParams {
  readonly targetSizeIjk: readonly [number, number, number];
  readonly scale: number;
  readonly sourceSizeIjk: readonly [number, number, number];
  readonly origin: readonly [number, number, number];
  readonly stepI: readonly [number, number, number];
  readonly stepJ: readonly [number, number, number];
  readonly stepK: readonly [number, number, number];
  readonly perMmX: readonly [number, number, number];
  readonly perMmY: readonly [number, number, number];
  readonly perMmZ: readonly [number, number, number];
}

export type FieldSampleBinding = 'src' | 'displacement' | 'added' | 'dst';

export const fieldSampleSource: ShaderSource<FieldSampleParams, FieldSampleBinding> = {
  id: 'field-sample',
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
override WG_X: u32 = 64;
override HAS_ADDED: bool = false;

struct Params {
  target_size_ijk: vec3<u32>,
  scale: f32,
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
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read> displacement: array<f32>;
@group(0) @binding(3) var<storage, read> added: array<f32>;
@group(0) @binding(4) var<storage, read_write> dst: array<f32>;

fn vector_at(index: u32) -> vec3<f32> {
  return vec3<f32>(src[3u * index], src[3u * index + 1u], src[3u * index + 2u]);
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
  let source = params.source_size_ijk;
  let inside = clamp(at, vec3<i32>(0), (vec3<i32>(source) - 1) * one);
  let low = inside >> vec3<u32>(FRACTION_BITS);
  let t = vec3<f32>(inside - low * one) * (1.0 / f32(one));
  let near = vec3<u32>(low);
  let strides = vec3<u32>(1u, source.x, source.x * source.y);
  let step = select(vec3<u32>(0u), strides, near + 1u < source);
  let n = (near.z * source.y + near.y) * source.x + near.x;
  let f = n + step.z;
  let v00 = mix(vector_at(n), vector_at(n + step.x), t.x);
  let v10 = mix(vector_at(n + step.y), vector_at(n + step.y + step.x), t.x);
  let v01 = mix(vector_at(f), vector_at(f + step.x), t.x);
  let v11 = mix(vector_at(f + step.y), vector_at(f + step.y + step.x), t.x);
  var v = mix(mix(v00, v10, t.y), mix(v01, v11, t.y), t.z) * params.scale;
  if (HAS_ADDED) {
    v += vec3<f32>(added[3u * index], added[3u * index + 1u], added[3u * index + 2u]);
  }
  dst[3u * index] = v.x;
  dst[3u * index + 1u] = v.y;
  dst[3u * index + 2u] = v.z;
}
`,
  paramsSizeBytes: 144,
  params: [
    { name: 'targetSizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'scale', type: 'f32', offsetBytes: 12 },
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
    { name: 'src', binding: 1, access: 'read' },
    { name: 'displacement', binding: 2, access: 'read' },
    { name: 'added', binding: 3, access: 'read' },
    { name: 'dst', binding: 4, access: 'read_write' },
  ],
  overrides: [
    { name: 'FRACTION_BITS', type: 'u32', defaultValue: 16 },
    { name: 'HAS_DISPLACEMENT', type: 'bool', defaultValue: 0 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'HAS_ADDED', type: 'bool', defaultValue: 0 },
  ],
};
