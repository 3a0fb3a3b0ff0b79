// Generated from raster-intervals.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface RasterIntervalsParams {
  readonly rows: number;
  readonly wordsPerRow: number;
  readonly intervalsPerRow: number;
}

export type RasterIntervalsBinding = 'intervals' | 'dst';

export const rasterIntervalsSource: ShaderSource<RasterIntervalsParams, RasterIntervalsBinding> = {
  id: 'raster-intervals',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

struct Params {
  rows: u32,
  words_per_row: u32,
  intervals_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> intervals: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> dst: array<u32>;
fn bits_below(n: u32) -> u32 {
  return select((1u << (n & 31u)) - 1u, 0xffffffffu, n >= 32u);
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = linear_invocation(workgroup, count, local, WG_X);
  if (word >= params.rows * params.words_per_row) {
    return;
  }
  let row = word / params.words_per_row;
  let base = (word - row * params.words_per_row) * 32u;
  let begin = row * params.intervals_per_row;
  var bits = 0u;
  for (var n = begin; n < begin + params.intervals_per_row; n++) {
    let inside = intervals[n];
    bits |= bits_below(max(inside.y, base) - base) & ~bits_below(max(inside.x, base) - base);
  }
  dst[word] = bits;
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'rows', type: 'u32', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 4 },
    { name: 'intervalsPerRow', type: 'u32', offsetBytes: 8 },
  ],
  bindings: [
    { name: 'intervals', binding: 1, access: 'read' },
    { name: 'dst', binding: 2, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
