// Generated from brick-extent.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface BrickExtentParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly bricksIjk: readonly [number, number, number];
}

export type BrickExtentBinding = 'volume0' | 'volume1' | 'volume2' | 'volume3' | 'extents';

export const brickExtentSource: ShaderSource<BrickExtentParams, BrickExtentBinding> = {
  id: 'brick-extent',
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
override WG_X: u32 = 64;

struct Params {
  size_ijk: vec3<u32>,
  bricks_ijk: vec3<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
@group(0) @binding(5) var<storage, read_write> extents: array<vec2<f32>>;

var<workgroup> shared_extents: array<vec2<f32>, WG_X>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let bricks = params.bricks_ijk;
  let size = params.size_ijk;
  let bricks_per_group = (WG_X - 1u) / 8u;
  let groups_per_row = (bricks.x + bricks_per_group - 1u) / bricks_per_group;
  let group = linear_invocation(workgroup, count, 0u, 1u);
  if (group >= groups_per_row * bricks.y * bricks.z) {
    return;
  }
  let row = group / groups_per_row;
  let first_brick = (group - row * groups_per_row) * bricks_per_group;
  let at_j = row % bricks.y;
  let at_k = row / bricks.y;
  let i = min(first_brick * 8u + local, size.x - 1u);
  let j_end = min(at_j * 8u + 9u, size.y);
  let k_end = min(at_k * 8u + 9u, size.z);
  var low = load_stored((at_k * 8u * size.y + at_j * 8u) * size.x + i);
  var high = low;
  for (var k = at_k * 8u; k < k_end; k++) {
    for (var j = at_j * 8u; j < j_end; j++) {
      let value = load_stored((k * size.y + j) * size.x + i);
      low = min(low, value);
      high = max(high, value);
    }
  }
  shared_extents[local] = vec2<f32>(low, high);
  workgroupBarrier();
  if (local >= bricks_per_group || first_brick + local >= bricks.x) {
    return;
  }
  var extent = shared_extents[8u * local];
  for (var v = 8u * local + 1u; v <= 8u * local + 8u; v++) {
    extent = vec2<f32>(min(extent.x, shared_extents[v].x), max(extent.y, shared_extents[v].y));
  }
  extents[row * bricks.x + first_brick + local] = extent;
}
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'bricksIjk', type: 'vec3<u32>', offsetBytes: 16 },
  ],
  bindings: [
    { name: 'volume0', binding: 1, access: 'read' },
    { name: 'volume1', binding: 2, access: 'read' },
    { name: 'volume2', binding: 3, access: 'read' },
    { name: 'volume3', binding: 4, access: 'read' },
    { name: 'extents', binding: 5, access: 'read_write' },
  ],
  overrides: [
    { name: 'VOXEL_FORMAT', type: 'u32', defaultValue: 4 },
    { name: 'CHUNK_WORDS', type: 'u32', defaultValue: 4294967295 },
    { name: 'CHUNK_COUNT', type: 'u32', defaultValue: 1 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
  ],
};
