// Generated from extract-label.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface ExtractLabelParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly wordsPerRow: number;
  readonly label: number;
}

export type ExtractLabelBinding = 'labels' | 'dst';

export const extractLabelSource: ShaderSource<ExtractLabelParams, ExtractLabelBinding> = {
  id: 'extract-label',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;
const TILE: u32 = 32u;
const MAX_WG_X: u32 = 256u;

struct Params {
  size_ijk: vec3<u32>,
  words_per_row: u32,
  label: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<u32>;

var<workgroup> columns: array<u32, MAX_WG_X>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = linear_invocation(workgroup, count, local, WG_X);
  let words = params.words_per_row * params.size_ijk.y * params.size_ijk.z;
  let lane = local % TILE;
  let tile_first = word - lane;
  var row = tile_first / params.words_per_row;
  var word_in_row = tile_first - row * params.words_per_row;
  var column = 0u;
  for (var s = 0u; s < TILE && tile_first + s < words; s++) {
    let i = word_in_row * TILE + lane;
    if (i < params.size_ijk.x) {
      column |= ((labels[row * params.size_ijk.x + i] >> params.label) & 1u) << s;
    }
    word_in_row++;
    if (word_in_row == params.words_per_row) {
      word_in_row = 0u;
      row++;
    }
  }
  columns[local] = column;
  workgroupBarrier();
  if (word >= words) {
    return;
  }
  var bits = 0u;
  for (var b = 0u; b < TILE; b++) {
    bits |= ((columns[local - lane + b] >> lane) & 1u) << b;
  }
  dst[word] = bits;
}
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 12 },
    { name: 'label', type: 'u32', offsetBytes: 16 },
  ],
  bindings: [
    { name: 'labels', binding: 1, access: 'read' },
    { name: 'dst', binding: 2, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
