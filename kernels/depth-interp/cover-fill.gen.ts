// Generated from cover-fill.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface CoverFillParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly binCount: number;
  readonly origin: readonly [number, number, number];
  readonly binsPerMm: number;
  readonly stepI: readonly [number, number, number];
  readonly threshold: number;
  readonly stepJ: readonly [number, number, number];
  readonly seed: number;
  readonly stepK: readonly [number, number, number];
  readonly noBits: number;
  readonly sizePx: readonly [number, number];
  readonly wordsPerRow: number;
}

export type CoverFillBinding = 'volume0' | 'volume1' | 'volume2' | 'volume3' | 'pairs' | 'tables' | 'dst' | 'altered';

export const coverFillSource: ShaderSource<CoverFillParams, CoverFillBinding> = {
  id: 'cover-fill',
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
const WINDOW_BITS: u32 = 18u;
const DEPTH_SHIFT: u32 = 6u;
const PER_DEPTH: f32 = 0.000244140625;
const PER_PIXEL: f32 = 0.000003814697265625;
const NO_SURFACE: f32 = -1e30;

fn window_fixed(ijk: vec3<u32>) -> vec3<i32> {
  let p = vec3<i32>(ijk);
  return params.origin + params.step_i * p.x + params.step_j * p.y + params.step_k * p.z;
}
fn window_depth(fixed: vec3<i32>) -> f32 {
  return f32(fixed.z >> DEPTH_SHIFT) * PER_DEPTH;
}
fn rounded(value: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(value) | params.no_bits);
}

fn between(a: vec2<f32>, b: vec2<f32>, w: f32) -> vec2<f32> {
  let product = (b - a) * w;
  return vec2<f32>(rounded(a.x + rounded(product.x)), rounded(a.y + rounded(product.y)));
}
fn window_surfaces(fixed: vec3<i32>) -> vec2<f32> {
  let none = vec2<f32>(NO_SURFACE);
  let last = vec2<i32>(params.size_px) - 1;
  let cell = fixed.xy >> vec2<u32>(WINDOW_BITS);
  let part = fixed.xy & vec2<i32>((1 << WINDOW_BITS) - 1);
  if (any(cell < vec2<i32>(0)) || any(cell > last) || any((cell == last) & (part > vec2<i32>(0)))) {
    return none;
  }
  let next = min(cell + 1, last);
  let width = i32(params.size_px.x);
  let p00 = pairs[cell.y * width + cell.x];
  let p10 = pairs[cell.y * width + next.x];
  let p01 = pairs[next.y * width + cell.x];
  let p11 = pairs[next.y * width + next.x];
  if (min(min(p00.y, p10.y), min(p01.y, p11.y)) == NO_SURFACE) {
    return none;
  }
  let w = vec2<f32>(part) * PER_PIXEL;
  return between(between(p00, p10, w.x), between(p01, p11, w.x), w.y);
}
fn counter_hash(value: u32) -> u32 {
  let state = value * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}
fn counter_noise(counter: u32, seed: u32) -> f32 {
  let a = counter_hash(counter ^ counter_hash(seed));
  let b = counter_hash(a ^ 0x9e3779b9u);
  let sum = (a & 0xffffu) + (a >> 16u) + (b & 0xffffu) + (b >> 16u);
  return (f32(sum) - 131070.0) * 0.000026428997;
}
override WG_X: u32 = 128;
const MAX_WORDS: u32 = 8u;

struct Params {
  size_ijk: vec3<u32>,
  bin_count: u32,
  origin: vec3<i32>,
  bins_per_mm: f32,
  step_i: vec3<i32>,
  threshold: f32,
  step_j: vec3<i32>,
  seed: u32,
  step_k: vec3<i32>,
  no_bits: u32,
  size_px: vec2<u32>,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
@group(0) @binding(5) var<storage, read> pairs: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read> tables: array<vec2<f32>>;
@group(0) @binding(7) var<storage, read_write> dst: array<f32>;
@group(0) @binding(8) var<storage, read_write> altered: array<u32>;

var<workgroup> group_words: array<atomic<u32>, MAX_WORDS>;
fn profile(below_mm: f32) -> vec2<f32> {
  let last = params.bin_count - 1u;
  let x = clamp(below_mm * params.bins_per_mm - 0.5, 0.0, f32(last));
  let bin = min(u32(x), last);
  let first = params.size_ijk.z;
  return mix(tables[first + bin], tables[first + min(bin + 1u, last)], x - f32(bin));
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let padded = linear_invocation(workgroup, count, local, WG_X);
  let word = padded >> 5u;
  let row = word / params.words_per_row;
  let i = padded - row * params.words_per_row * 32u;
  let size = params.size_ijk;
  let is_row = row < size.y * size.z;
  if (is_row && i < size.x) {
    let k = row / size.y;
    let index = row * size.x + i;
    let stored = load_stored(index);
    let fixed = window_fixed(vec3<u32>(i, row - k * size.y, k));
    let depth = window_depth(fixed);
    let surfaces = window_surfaces(fixed);
    var value = stored * tables[k].x + tables[k].y;
    if (depth >= surfaces.x && depth < surfaces.y && stored < params.threshold) {
      let layer = profile(depth - surfaces.x);
      value = layer.x + layer.y * counter_noise(index, params.seed);
      atomicOr(&group_words[local >> 5u], 1u << (local & 31u));
    }
    dst[index] = value;
  }
  workgroupBarrier();
  if ((local & 31u) == 0u && is_row) {
    altered[word] = atomicLoad(&group_words[local >> 5u]);
  }
}
`,
  paramsSizeBytes: 96,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'binCount', type: 'u32', offsetBytes: 12 },
    { name: 'origin', type: 'vec3<i32>', offsetBytes: 16 },
    { name: 'binsPerMm', type: 'f32', offsetBytes: 28 },
    { name: 'stepI', type: 'vec3<i32>', offsetBytes: 32 },
    { name: 'threshold', type: 'f32', offsetBytes: 44 },
    { name: 'stepJ', type: 'vec3<i32>', offsetBytes: 48 },
    { name: 'seed', type: 'u32', offsetBytes: 60 },
    { name: 'stepK', type: 'vec3<i32>', offsetBytes: 64 },
    { name: 'noBits', type: 'u32', offsetBytes: 76 },
    { name: 'sizePx', type: 'vec2<u32>', offsetBytes: 80 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 88 },
  ],
  bindings: [
    { name: 'volume0', binding: 1, access: 'read' },
    { name: 'volume1', binding: 2, access: 'read' },
    { name: 'volume2', binding: 3, access: 'read' },
    { name: 'volume3', binding: 4, access: 'read' },
    { name: 'pairs', binding: 5, access: 'read' },
    { name: 'tables', binding: 6, access: 'read' },
    { name: 'dst', binding: 7, access: 'read_write' },
    { name: 'altered', binding: 8, access: 'read_write' },
  ],
  overrides: [
    { name: 'VOXEL_FORMAT', type: 'u32', defaultValue: 4 },
    { name: 'CHUNK_WORDS', type: 'u32', defaultValue: 4294967295 },
    { name: 'CHUNK_COUNT', type: 'u32', defaultValue: 1 },
    { name: 'WG_X', type: 'u32', defaultValue: 128 },
  ],
};
