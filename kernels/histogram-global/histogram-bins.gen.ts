// Generated from histogram-bins.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface HistogramBinsParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly wordsPerRow: number;
  readonly low: number;
  readonly high: number;
  readonly scale: number;
  readonly binCount: number;
}

export type HistogramBinsBinding = 'volume0' | 'volume1' | 'volume2' | 'volume3' | 'mask' | 'bins';

export const histogramBinsSource: ShaderSource<HistogramBinsParams, HistogramBinsBinding> = {
  id: 'histogram-bins',
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
override WG_X: u32 = 256;
override HAS_MASK: bool = false;
const VOXELS_EACH: u32 = 32u;
const MAX_BINS: u32 = 2048u;

struct Params {
  size_ijk: vec3<u32>,
  words_per_row: u32,
  low: f32,
  high: f32,
  scale: f32,
  bin_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
@group(0) @binding(5) var<storage, read> mask: array<u32>;
@group(0) @binding(6) var<storage, read_write> bins: array<atomic<u32>>;

var<workgroup> group_bins: array<atomic<u32>, MAX_BINS>;

fn is_counted(index: u32) -> bool {
  if (!HAS_MASK) {
    return true;
  }
  let row = index / params.size_ijk.x;
  let i = index - row * params.size_ijk.x;
  return ((mask[row * params.words_per_row + (i >> 5u)] >> (i & 31u)) & 1u) == 1u;
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
      let v = load_stored(index);
      if (v >= params.low && v <= params.high && is_counted(index)) {
        let x = (v - params.low) * params.scale;
        atomicAdd(&group_bins[min(u32(x), params.bin_count - 1u)], 1u);
      }
    }
  }
  workgroupBarrier();
  for (var b = local; b < params.bin_count; b += WG_X) {
    let n = atomicLoad(&group_bins[b]);
    if (n > 0u) {
      atomicAdd(&bins[b], n);
    }
  }
}
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 12 },
    { name: 'low', type: 'f32', offsetBytes: 16 },
    { name: 'high', type: 'f32', offsetBytes: 20 },
    { name: 'scale', type: 'f32', offsetBytes: 24 },
    { name: 'binCount', type: 'u32', offsetBytes: 28 },
  ],
  bindings: [
    { name: 'volume0', binding: 1, access: 'read' },
    { name: 'volume1', binding: 2, access: 'read' },
    { name: 'volume2', binding: 3, access: 'read' },
    { name: 'volume3', binding: 4, access: 'read' },
    { name: 'mask', binding: 5, access: 'read' },
    { name: 'bins', binding: 6, access: 'read_write' },
  ],
  overrides: [
    { name: 'VOXEL_FORMAT', type: 'u32', defaultValue: 4 },
    { name: 'CHUNK_WORDS', type: 'u32', defaultValue: 4294967295 },
    { name: 'CHUNK_COUNT', type: 'u32', defaultValue: 1 },
    { name: 'WG_X', type: 'u32', defaultValue: 256 },
    { name: 'HAS_MASK', type: 'bool', defaultValue: 0 },
  ],
};
