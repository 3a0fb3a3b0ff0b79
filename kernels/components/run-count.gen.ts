// Generated from run-count.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface RunCountParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly wordsPerRow: number;
}

export type RunCountBinding = 'mask' | 'roots' | 'sizes';

export const runCountSource: ShaderSource<RunCountParams, RunCountBinding> = {
  id: 'run-count',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override SLOT_SHIFT: u32 = 1u;
const NO_RUN: u32 = 0xffffffffu;

fn slot_of(row: u32, first: u32, size_i: u32) -> u32 {
  return 1u + row * ((size_i + SLOT_SHIFT) >> SLOT_SHIFT) + (first >> SLOT_SHIFT);
}
fn find_bit(row_word: u32, words_per_row: u32, start: u32, flip: u32) -> u32 {
  var w = start >> 5u;
  if (w >= words_per_row) {
    return NO_RUN;
  }
  var bits = (mask[row_word + w] ^ flip) & (0xffffffffu << (start & 31u));
  while (bits == 0u) {
    w++;
    if (w >= words_per_row) {
      return NO_RUN;
    }
    bits = mask[row_word + w] ^ flip;
  }
  return w * 32u + firstTrailingBit(bits);
}
fn next_run(row_word: u32, words_per_row: u32, start: u32) -> u32 {
  return find_bit(row_word, words_per_row, start, 0u);
}
fn run_end(row_word: u32, words_per_row: u32, first: u32) -> u32 {
  if (SLOT_SHIFT == 0u) {
    return first + 1u;
  }
  return min(find_bit(row_word, words_per_row, first, 0xffffffffu), words_per_row * 32u);
}
override WG_X: u32 = 64;

struct Params {
  size_ijk: vec3<u32>,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> mask: array<u32>;
@group(0) @binding(2) var<storage, read> roots: array<u32>;
@group(0) @binding(3) var<storage, read_write> sizes: array<atomic<u32>>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = linear_invocation(workgroup, count, local, WG_X);
  if (row >= params.size_ijk.y * params.size_ijk.z) {
    return;
  }
  let row_word = row * params.words_per_row;
  var root = 0u;
  var voxels = 0u;
  var first = next_run(row_word, params.words_per_row, 0u);
  while (first != NO_RUN) {
    let end = run_end(row_word, params.words_per_row, first);
    let run_root = roots[slot_of(row, first, params.size_ijk.x)];
    if (run_root != root && voxels > 0u) {
      atomicAdd(&sizes[root], voxels);
      voxels = 0u;
    }
    root = run_root;
    voxels += end - first;
    first = next_run(row_word, params.words_per_row, end);
  }
  if (voxels > 0u) {
    atomicAdd(&sizes[root], voxels);
  }
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 12 },
  ],
  bindings: [
    { name: 'mask', binding: 1, access: 'read' },
    { name: 'roots', binding: 2, access: 'read' },
    { name: 'sizes', binding: 3, access: 'read_write' },
  ],
  overrides: [
    { name: 'SLOT_SHIFT', type: 'u32', defaultValue: 1 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
  ],
};
