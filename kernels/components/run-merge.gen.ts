// Generated from run-merge.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface RunMergeParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly wordsPerRow: number;
  readonly neighbourCount: number;
}

export type RunMergeBinding = 'neighbours' | 'mask' | 'parents';

export const runMergeSource: ShaderSource<RunMergeParams, RunMergeBinding> = {
  id: 'run-merge',
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
  neighbour_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> neighbours: array<vec4<i32>>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> parents: array<atomic<u32>>;

fn find_root(slot: u32) -> u32 {
  var at = slot;
  var parent = atomicLoad(&parents[at]);
  while (parent != at) {
    let above = atomicLoad(&parents[parent]);
    if (above != parent) {
      atomicCompareExchangeWeak(&parents[at], parent, above);
    }
    at = parent;
    parent = above;
  }
  return at;
}

fn join_runs(first: u32, second: u32) {
  var a = find_root(first);
  var b = find_root(second);
  while (a != b) {
    let low = min(a, b);
    a = max(a, b);
    let old = atomicMin(&parents[a], low);
    if (old == a) {
      return;
    }
    a = find_root(old);
    b = find_root(low);
  }
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  let per_row = params.words_per_row;
  if (row >= size.y * size.z) {
    return;
  }
  let k = row / size.y;
  let at = vec2<i32>(vec2<u32>(row - k * size.y, k));
  for (var n = 0u; n < params.neighbour_count; n++) {
    let other_at = vec2<u32>(at + neighbours[n].xy);
    if (any(other_at >= size.yz)) {
      continue;
    }
    let other = other_at.y * size.y + other_at.x;
    let reach = u32(neighbours[n].z);
    var a = next_run(row * per_row, per_row, 0u);
    var b = next_run(other * per_row, per_row, 0u);
    while (a != NO_RUN && b != NO_RUN) {
      let a_end = run_end(row * per_row, per_row, a);
      let b_end = run_end(other * per_row, per_row, b);
      if (a < b_end + reach && b < a_end + reach) {
        join_runs(slot_of(row, a, size.x), slot_of(other, b, size.x));
      }
      if (a_end < b_end) {
        a = next_run(row * per_row, per_row, a_end);
      } else {
        b = next_run(other * per_row, per_row, b_end);
      }
    }
  }
}
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 12 },
    { name: 'neighbourCount', type: 'u32', offsetBytes: 16 },
  ],
  bindings: [
    { name: 'neighbours', binding: 1, access: 'read' },
    { name: 'mask', binding: 2, access: 'read' },
    { name: 'parents', binding: 3, access: 'read_write' },
  ],
  overrides: [
    { name: 'SLOT_SHIFT', type: 'u32', defaultValue: 1 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
  ],
};
