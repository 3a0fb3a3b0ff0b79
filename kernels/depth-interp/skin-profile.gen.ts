// Generated from skin-profile.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface SkinProfileParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly binCount: number;
  readonly origin: readonly [number, number, number];
  readonly binsPerMm: number;
  readonly stepI: readonly [number, number, number];
  readonly low: number;
  readonly stepJ: readonly [number, number, number];
  readonly scale: number;
  readonly stepK: readonly [number, number, number];
  readonly noBits: number;
  readonly sizePx: readonly [number, number];
}

export type SkinProfileBinding = 'volume0' | 'volume1' | 'volume2' | 'volume3' | 'pairs' | 'lines' | 'bins';

export const skinProfileSource: ShaderSource<SkinProfileParams, SkinProfileBinding> = {
  id: 'skin-profile',
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
override WG_X: u32 = 256;
const VOXELS_EACH: u32 = 32u;
const MAX_BINS: u32 = 256u;
const BIN_WORDS: u32 = 7u;

struct Params {
  size_ijk: vec3<u32>,
  bin_count: u32,
  origin: vec3<i32>,
  bins_per_mm: f32,
  step_i: vec3<i32>,
  low: f32,
  step_j: vec3<i32>,
  scale: f32,
  step_k: vec3<i32>,
  no_bits: u32,
  size_px: vec2<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
@group(0) @binding(5) var<storage, read> pairs: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read> lines: array<vec2<f32>>;
@group(0) @binding(7) var<storage, read_write> bins: array<atomic<u32>>;

var<workgroup> group_bins: array<array<atomic<u32>, 4>, MAX_BINS>;

fn add_wide(at: u32, value: u32) {
  if (value > 0u && atomicAdd(&bins[at], value) > 0xffffffffu - value) {
    atomicAdd(&bins[at + 1u], 1u);
  }
}

fn count_voxel(index: u32) {
  let size = params.size_ijk;
  let row = index / size.x;
  let k = row / size.y;
  let fixed = window_fixed(vec3<u32>(index - row * size.x, row - k * size.y, k));
  let skin = window_surfaces(fixed).y;
  if (skin == NO_SURFACE) {
    return;
  }
  let below = rounded(rounded(window_depth(fixed) - skin) * params.bins_per_mm);
  if (below < 0.0 || below >= f32(params.bin_count)) {
    return;
  }
  let real = rounded(rounded(load_stored(index) * lines[k].x) + lines[k].y);
  let q = u32(clamp(rounded(rounded(rounded(real - params.low) * params.scale) + 0.5), 0.0, 65535.0));
  let bin = u32(below);
  atomicAdd(&group_bins[bin][0], 1u);
  atomicAdd(&group_bins[bin][1], q);
  atomicAdd(&group_bins[bin][2], (q * q) & 0xffffu);
  atomicAdd(&group_bins[bin][3], (q * q) >> 16u);
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = (linear_invocation(workgroup, count, local, WG_X) - local) * VOXELS_EACH + local;
  let total = params.size_ijk.x * params.size_ijk.y * params.size_ijk.z;
  for (var n = 0u; n < VOXELS_EACH; n++) {
    let index = first + n * WG_X;
    if (index < total) {
      count_voxel(index);
    }
  }
  workgroupBarrier();
  for (var bin = local; bin < params.bin_count; bin += WG_X) {
    let counted = atomicLoad(&group_bins[bin][0]);
    if (counted > 0u) {
      atomicAdd(&bins[bin * BIN_WORDS], counted);
      for (var part = 0u; part < 3u; part++) {
        add_wide(bin * BIN_WORDS + 1u + 2u * part, atomicLoad(&group_bins[bin][part + 1u]));
      }
    }
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
    { name: 'low', type: 'f32', offsetBytes: 44 },
    { name: 'stepJ', type: 'vec3<i32>', offsetBytes: 48 },
    { name: 'scale', type: 'f32', offsetBytes: 60 },
    { name: 'stepK', type: 'vec3<i32>', offsetBytes: 64 },
    { name: 'noBits', type: 'u32', offsetBytes: 76 },
    { name: 'sizePx', type: 'vec2<u32>', offsetBytes: 80 },
  ],
  bindings: [
    { name: 'volume0', binding: 1, access: 'read' },
    { name: 'volume1', binding: 2, access: 'read' },
    { name: 'volume2', binding: 3, access: 'read' },
    { name: 'volume3', binding: 4, access: 'read' },
    { name: 'pairs', binding: 5, access: 'read' },
    { name: 'lines', binding: 6, access: 'read' },
    { name: 'bins', binding: 7, access: 'read_write' },
  ],
  overrides: [
    { name: 'VOXEL_FORMAT', type: 'u32', defaultValue: 4 },
    { name: 'CHUNK_WORDS', type: 'u32', defaultValue: 4294967295 },
    { name: 'CHUNK_COUNT', type: 'u32', defaultValue: 1 },
    { name: 'WG_X', type: 'u32', defaultValue: 256 },
  ],
};
