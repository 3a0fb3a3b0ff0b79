// Generated from resample-label.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface ResampleLabelParams {
  readonly targetSizeIjk: readonly [number, number, number];
  readonly outsideLabel: number;
  readonly sourceSizeIjk: readonly [number, number, number];
  readonly origin: readonly [number, number, number];
  readonly stepI: readonly [number, number, number];
  readonly stepJ: readonly [number, number, number];
  readonly stepK: readonly [number, number, number];
  readonly perMmX: readonly [number, number, number];
  readonly perMmY: readonly [number, number, number];
  readonly perMmZ: readonly [number, number, number];
}

export type ResampleLabelBinding = 'volume0' | 'volume1' | 'volume2' | 'volume3' | 'displacement' | 'dst';

export const resampleLabelSource: ShaderSource<ResampleLabelParams, ResampleLabelBinding> = {
  id: 'resample-label',
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
const WEIGHT_BITS: u32 = 8u;

struct Params {
  target_size_ijk: vec3<u32>,
  outside_label: u32,
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
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
@group(0) @binding(5) var<storage, read> displacement: array<f32>;
@group(0) @binding(6) var<storage, read_write> dst: array<u32>;

fn label_at(at: vec3<i32>) -> u32 {
  let one = 1 << FRACTION_BITS;
  let half = one >> 1u;
  let size = vec3<i32>(params.source_size_ijk);
  if (any(at < vec3<i32>(-half)) || any(at >= size * one - half)) {
    return params.outside_label;
  }
  let inside = clamp(at, vec3<i32>(0), (size - 1) * one);
  let low = inside >> vec3<u32>(FRACTION_BITS);
  let high = vec3<u32>(min(low + 1, size - 1));
  let near = vec3<u32>(low);
  let part = vec3<u32>(inside - low * one) >> vec3<u32>(FRACTION_BITS - WEIGHT_BITS);
  let rest = vec3<u32>(1u << WEIGHT_BITS) - part;
  var labels = array<u32, 8>();
  var weights = array<u32, 8>();
  for (var n = 0u; n < 8u; n++) {
    let is_high = vec3<bool>((n & 1u) != 0u, (n & 2u) != 0u, (n & 4u) != 0u);
    let q = select(near, high, is_high);
    let w = select(rest, part, is_high);
    labels[n] = u32(load_stored((q.z * params.source_size_ijk.y + q.y) * params.source_size_ijk.x + q.x));
    weights[n] = w.x * w.y * w.z;
  }
  var best = 0u;
  var most = 0u;
  for (var n = 0u; n < 8u; n++) {
    var total = 0u;
    for (var m = 0u; m < 8u; m++) {
      total += select(0u, weights[m], labels[m] == labels[n]);
    }
    if (total > most || (total == most && labels[n] < best)) {
      most = total;
      best = labels[n];
    }
  }
  return best;
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = linear_invocation(workgroup, count, local, WG_X);
  let size = params.target_size_ijk;
  let voxels = size.x * size.y * size.z;
  let label_bits = select(8u, 16u, VOXEL_FORMAT == 2u);
  let first = word * (32u / label_bits);
  if (first >= voxels) {
    return;
  }
  var bits = 0u;
  for (var index = first; index < min(first + 32u / label_bits, voxels); index++) {
    let row = index / size.x;
    let k = row / size.y;
    let p = vec3<u32>(index - row * size.x, row - k * size.y, k);
    let at = source_fixed(p, params.origin, params.step_i, params.step_j, params.step_k);
    bits |= label_at(displaced(at, index)) << ((index - first) * label_bits);
  }
  dst[word] = bits;
}
`,
  paramsSizeBytes: 144,
  params: [
    { name: 'targetSizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'outsideLabel', type: 'u32', offsetBytes: 12 },
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
    { name: 'volume0', binding: 1, access: 'read' },
    { name: 'volume1', binding: 2, access: 'read' },
    { name: 'volume2', binding: 3, access: 'read' },
    { name: 'volume3', binding: 4, access: 'read' },
    { name: 'displacement', binding: 5, access: 'read' },
    { name: 'dst', binding: 6, access: 'read_write' },
  ],
  overrides: [
    { name: 'VOXEL_FORMAT', type: 'u32', defaultValue: 4 },
    { name: 'CHUNK_WORDS', type: 'u32', defaultValue: 4294967295 },
    { name: 'CHUNK_COUNT', type: 'u32', defaultValue: 1 },
    { name: 'FRACTION_BITS', type: 'u32', defaultValue: 16 },
    { name: 'HAS_DISPLACEMENT', type: 'bool', defaultValue: 0 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
  ],
};
