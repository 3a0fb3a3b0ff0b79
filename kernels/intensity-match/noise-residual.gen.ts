// Generated from noise-residual.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface NoiseResidualParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly wordsPerRow: number;
}

export type NoiseResidualBinding = 'src' | 'mask' | 'dst';

export const noiseResidualSource: ShaderSource<NoiseResidualParams, NoiseResidualBinding> = {
  id: 'noise-residual',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;

struct Params {
  size_ijk: vec3<u32>,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> dst: array<f32>;

fn is_set(i: u32, row: u32) -> bool {
  return ((mask[row * params.words_per_row + (i >> 5u)] >> (i & 31u)) & 1u) == 1u;
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  if (index >= size.x * size.y * size.z) {
    return;
  }
  let row = index / size.x;
  let i = index - row * size.x;
  let j = row % size.y;
  dst[index] = -1.0;
  if (i == 0u || j == 0u || i + 1u >= size.x || j + 1u >= size.y) {
    return;
  }
  for (var r = row - 1u; r <= row + 1u; r++) {
    if (!is_set(i - 1u, r) || !is_set(i, r) || !is_set(i + 1u, r)) {
      return;
    }
  }
  let above = index - size.x;
  let under = index + size.x;
  let corners = src[above - 1u] + src[above + 1u] + (src[under - 1u] + src[under + 1u]);
  let edges = src[above] + src[under] + (src[index - 1u] + src[index + 1u]);
  dst[index] = abs(corners - 2.0 * edges + 4.0 * src[index]) / 6.0;
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 12 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'mask', binding: 2, access: 'read' },
    { name: 'dst', binding: 3, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
