// Generated from label-select.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface LabelSelectParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly wordsPerRow: number;
}

export type LabelSelectBinding = 'labels' | 'chosen' | 'dst';

export const labelSelectSource: ShaderSource<LabelSelectParams, LabelSelectBinding> = {
  id: 'label-select',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

struct Params {
  size_ijk: vec3<u32>,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> chosen: array<u32>;
@group(0) @binding(3) var<storage, read_write> dst: array<u32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = linear_invocation(workgroup, count, local, WG_X);
  if (word >= params.words_per_row * params.size_ijk.y * params.size_ijk.z) {
    return;
  }
  let row = word / params.words_per_row;
  let first = (word - row * params.words_per_row) * 32u;
  let n = min(32u, params.size_ijk.x - first);
  let base = row * params.size_ijk.x + first;
  var bits = 0u;
  for (var b = 0u; b < n; b++) {
    let label = labels[base + b];
    if (label != 0u && chosen[label - 1u] != 0u) {
      bits |= 1u << b;
    }
  }
  dst[word] = bits;
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 12 },
  ],
  bindings: [
    { name: 'labels', binding: 1, access: 'read' },
    { name: 'chosen', binding: 2, access: 'read' },
    { name: 'dst', binding: 3, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
