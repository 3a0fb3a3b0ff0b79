// Generated from resample-grid.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface ResampleGridParams {
  readonly targetSizeIjk: readonly [number, number, number];
  readonly taps: readonly [number, number, number];
  readonly sourceSizeIjk: readonly [number, number, number];
  readonly outsideValue: number;
  readonly origin: readonly [number, number, number];
  readonly stepI: readonly [number, number, number];
  readonly stepJ: readonly [number, number, number];
  readonly stepK: readonly [number, number, number];
  readonly tapI: readonly [number, number, number];
  readonly tapJ: readonly [number, number, number];
  readonly tapK: readonly [number, number, number];
  readonly perMmX: readonly [number, number, number];
  readonly perMmY: readonly [number, number, number];
  readonly perMmZ: readonly [number, number, number];
}

export type ResampleGridBinding = 'volume0' | 'volume1' | 'volume2' | 'volume3' | 'rescale' | 'displacement' | 'dst';

export const resampleGridSource: ShaderSource<ResampleGridParams, ResampleGridBinding> = {
  id: 'resample-grid',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override VOXEL_FORMAT: u32 = 4u;
override CHUNK_WORDS: u32 = 0xffffffffu;
override CHUNK_COUNT: u32 = 1u;

fn load_volume_word(word: u32) -> u32 {
  if (CHUNK_COUNT == 1u) {
    return volume_0[word];
  }
  let chunk = word / CHUNK_WORDS;
  let offset = word - chunk * CHUNK_WORDS;
  switch chunk {
    case 0u: { return volume_0[offset]; }
    case 1u: { return volume_1[offset]; }
    case 2u: { return volume_2[offset]; }
    default: { return volume_3[offset]; }
  }
}
fn load_stored(index: u32) -> f32 {
  if (VOXEL_FORMAT == 4u) {
    return bitcast<f32>(load_volume_word(index));
  }
  if (VOXEL_FORMAT >= 2u) {
    let half = (load_volume_word(index >> 1u) >> ((index & 1u) * 16u)) & 0xffffu;
    if (VOXEL_FORMAT == 2u) {
      return f32(half);
    }
    return f32(extractBits(i32(half), 0u, 16u));
  }
  let byte = (load_volume_word(index >> 2u) >> ((index & 3u) * 8u)) & 0xffu;
  if (VOXEL_FORMAT == 0u) {
    return f32(byte);
  }
  return f32(extractBits(i32(byte), 0u, 8u));
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
override IS_NEAREST: bool = false;

struct Params {
  target_size_ijk: vec3<u32>,
  taps: vec3<u32>,
  source_size_ijk: vec3<u32>,
  outside_value: f32,
  origin: vec3<i32>,
  step_i: vec3<i32>,
  step_j: vec3<i32>,
  step_k: vec3<i32>,
  tap_i: vec3<i32>,
  tap_j: vec3<i32>,
  tap_k: vec3<i32>,
  per_mm_x: vec3<f32>,
  per_mm_y: vec3<f32>,
  per_mm_z: vec3<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
@group(0) @binding(5) var<storage, read> rescale: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read> displacement: array<f32>;
@group(0) @binding(7) var<storage, read_write> dst: array<f32>;

fn load_real(i: u32, j: u32, k: u32) -> f32 {
  let line = rescale[k];
  return load_stored((k * params.source_size_ijk.y + j) * params.source_size_ijk.x + i) * line.x + line.y;
}

fn sample_real(at: vec3<i32>) -> f32 {
  let one = 1 << FRACTION_BITS;
  let half = one >> 1u;
  let extent = vec3<i32>(params.source_size_ijk) * one;
  if (any(at < vec3<i32>(-half)) || any(at >= extent - half)) {
    return params.outside_value;
  }
  if (IS_NEAREST) {
    let p = vec3<u32>((at + half) >> vec3<u32>(FRACTION_BITS));
    return load_real(p.x, p.y, p.z);
  }
  let inside = clamp(at, vec3<i32>(0), extent - one);
  let low = inside >> vec3<u32>(FRACTION_BITS);
  let f = vec3<f32>(inside - low * one) * (1.0 / f32(one));
  let high = min(low + 1, vec3<i32>(params.source_size_ijk) - 1);
  let l = vec3<u32>(low);
  let h = vec3<u32>(high);
  let c00 = mix_values(load_real(l.x, l.y, l.z), load_real(h.x, l.y, l.z), f.x);
  let c10 = mix_values(load_real(l.x, h.y, l.z), load_real(h.x, h.y, l.z), f.x);
  let c01 = mix_values(load_real(l.x, l.y, h.z), load_real(h.x, l.y, h.z), f.x);
  let c11 = mix_values(load_real(l.x, h.y, h.z), load_real(h.x, h.y, h.z), f.x);
  return mix_values(mix_values(c00, c10, f.y), mix_values(c01, c11, f.y), f.z);
}

fn mix_values(a: f32, b: f32, t: f32) -> f32 {
  return a + (b - a) * t;
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
  let first = displaced(source_fixed(p, params.origin, params.step_i, params.step_j, params.step_k), index);
  var sum = 0.0;
  for (var c = 0u; c < params.taps.z; c++) {
    for (var b = 0u; b < params.taps.y; b++) {
      for (var a = 0u; a < params.taps.x; a++) {
        sum += sample_real(first + params.tap_i * i32(a) + params.tap_j * i32(b) + params.tap_k * i32(c));
      }
    }
  }
  dst[index] = sum / f32(params.taps.x * params.taps.y * params.taps.z);
}
`,
  paramsSizeBytes: 208,
  params: [
    { name: 'targetSizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'taps', type: 'vec3<u32>', offsetBytes: 16 },
    { name: 'sourceSizeIjk', type: 'vec3<u32>', offsetBytes: 32 },
    { name: 'outsideValue', type: 'f32', offsetBytes: 44 },
    { name: 'origin', type: 'vec3<i32>', offsetBytes: 48 },
    { name: 'stepI', type: 'vec3<i32>', offsetBytes: 64 },
    { name: 'stepJ', type: 'vec3<i32>', offsetBytes: 80 },
    { name: 'stepK', type: 'vec3<i32>', offsetBytes: 96 },
    { name: 'tapI', type: 'vec3<i32>', offsetBytes: 112 },
    { name: 'tapJ', type: 'vec3<i32>', offsetBytes: 128 },
    { name: 'tapK', type: 'vec3<i32>', offsetBytes: 144 },
    { name: 'perMmX', type: 'vec3<f32>', offsetBytes: 160 },
    { name: 'perMmY', type: 'vec3<f32>', offsetBytes: 176 },
    { name: 'perMmZ', type: 'vec3<f32>', offsetBytes: 192 },
  ],
  bindings: [
    { name: 'volume0', binding: 1, access: 'read' },
    { name: 'volume1', binding: 2, access: 'read' },
    { name: 'volume2', binding: 3, access: 'read' },
    { name: 'volume3', binding: 4, access: 'read' },
    { name: 'rescale', binding: 5, access: 'read' },
    { name: 'displacement', binding: 6, access: 'read' },
    { name: 'dst', binding: 7, access: 'read_write' },
  ],
  overrides: [
    { name: 'VOXEL_FORMAT', type: 'u32', defaultValue: 4 },
    { name: 'CHUNK_WORDS', type: 'u32', defaultValue: 4294967295 },
    { name: 'CHUNK_COUNT', type: 'u32', defaultValue: 1 },
    { name: 'FRACTION_BITS', type: 'u32', defaultValue: 16 },
    { name: 'HAS_DISPLACEMENT', type: 'bool', defaultValue: 0 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'IS_NEAREST', type: 'bool', defaultValue: 0 },
  ],
};
