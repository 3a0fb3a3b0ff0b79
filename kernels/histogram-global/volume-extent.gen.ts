// Generated from volume-extent.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface VolumeExtentParams {
  readonly count: number;
}

export type VolumeExtentBinding = 'volume0' | 'volume1' | 'volume2' | 'volume3' | 'extent';

export const volumeExtentSource: ShaderSource<VolumeExtentParams, VolumeExtentBinding> = {
  id: 'volume-extent',
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
const VOXELS_EACH: u32 = 32u;

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
@group(0) @binding(5) var<storage, read_write> extent: array<atomic<u32>>;

var<workgroup> group_low: atomic<u32>;
var<workgroup> group_high: atomic<u32>;
fn ordered_bits(v: f32) -> u32 {
  let bits = bitcast<u32>(v);
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  if (local == 0u) {
    atomicStore(&group_low, 0xffffffffu);
  }
  workgroupBarrier();
  let first = (linear_invocation(workgroup, count, local, WG_X) - local) * VOXELS_EACH + local;
  for (var n = 0u; n < VOXELS_EACH; n++) {
    let index = first + n * WG_X;
    if (index < params.count) {
      let bits = ordered_bits(load_stored(index));
      atomicMin(&group_low, bits);
      atomicMax(&group_high, bits);
    }
  }
  workgroupBarrier();
  if (local == 0u) {
    atomicMin(&extent[0], atomicLoad(&group_low));
    atomicMax(&extent[1], atomicLoad(&group_high));
  }
}
`,
  paramsSizeBytes: 16,
  params: [{ name: 'count', type: 'u32', offsetBytes: 0 }],
  bindings: [
    { name: 'volume0', binding: 1, access: 'read' },
    { name: 'volume1', binding: 2, access: 'read' },
    { name: 'volume2', binding: 3, access: 'read' },
    { name: 'volume3', binding: 4, access: 'read' },
    { name: 'extent', binding: 5, access: 'read_write' },
  ],
  overrides: [
    { name: 'VOXEL_FORMAT', type: 'u32', defaultValue: 4 },
    { name: 'CHUNK_WORDS', type: 'u32', defaultValue: 4294967295 },
    { name: 'CHUNK_COUNT', type: 'u32', defaultValue: 1 },
    { name: 'WG_X', type: 'u32', defaultValue: 256 },
  ],
};
