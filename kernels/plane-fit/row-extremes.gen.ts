// Generated from row-extremes.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface RowExtremesParams {
  readonly rows: number;
  readonly wordsPerRow: number;
}

export type RowExtremesBinding = 'src' | 'dst';

export const rowExtremesSource: ShaderSource<RowExtremesParams, RowExtremesBinding> = {
  id: 'row-extremes',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

struct Params {
  rows: u32,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<vec2<u32>>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = linear_invocation(workgroup, count, local, WG_X);
  if (row >= params.rows) {
    return;
  }
  let base = row * params.words_per_row;
  var extremes = vec2<u32>(0u);
  for (var w = 0u; w < params.words_per_row; w++) {
    let bits = src[base + w];
    if (bits != 0u) {
      extremes.x = w * 32u + firstTrailingBit(bits);
      break;
    }
  }
  for (var w = params.words_per_row; w > 0u; w--) {
    let bits = src[base + w - 1u];
    if (bits != 0u) {
      extremes.y = (w - 1u) * 32u + firstLeadingBit(bits) + 1u;
      break;
    }
  }
  dst[row] = extremes;
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'rows', type: 'u32', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 4 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'dst', binding: 2, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
