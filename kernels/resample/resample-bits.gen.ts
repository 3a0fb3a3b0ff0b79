// Generated from resample-bits.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface ResampleBitsParams {
  readonly targetSizeIjk: readonly [number, number, number];
  readonly targetWordsPerRow: number;
  readonly sourceSizeIjk: readonly [number, number, number];
  readonly sourceWordsPerRow: number;
  readonly origin: readonly [number, number, number];
  readonly stepI: readonly [number, number, number];
  readonly stepJ: readonly [number, number, number];
  readonly stepK: readonly [number, number, number];
}

export type ResampleBitsBinding = 'src' | 'dst';

export const resampleBitsSource: ShaderSource<ResampleBitsParams, ResampleBitsBinding> = {
  id: 'resample-bits',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override FRACTION_BITS: u32 = 16u;

fn source_fixed(target_ijk: vec3<u32>, origin: vec3<i32>, step_i: vec3<i32>, step_j: vec3<i32>, step_k: vec3<i32>) -> vec3<i32> {
  return origin + step_i * i32(target_ijk.x) + step_j * i32(target_ijk.y) + step_k * i32(target_ijk.z);
}
override WG_X: u32 = 64;

struct Params {
  target_size_ijk: vec3<u32>,
  target_words_per_row: u32,
  source_size_ijk: vec3<u32>,
  source_words_per_row: u32,
  origin: vec3<i32>,
  step_i: vec3<i32>,
  step_j: vec3<i32>,
  step_k: vec3<i32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> dst: array<u32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = linear_invocation(workgroup, count, local, WG_X);
  if (word >= params.target_words_per_row * params.target_size_ijk.y * params.target_size_ijk.z) {
    return;
  }
  let row = word / params.target_words_per_row;
  let k = row / params.target_size_ijk.y;
  let j = row - k * params.target_size_ijk.y;
  let first = (word - row * params.target_words_per_row) * 32u;
  let n = min(32u, params.target_size_ijk.x - first);
  let half = vec3<i32>(1 << (FRACTION_BITS - 1u));
  var bits = 0u;
  for (var b = 0u; b < n; b++) {
    let at = source_fixed(vec3<u32>(first + b, j, k), params.origin, params.step_i, params.step_j, params.step_k);
    let nearest = (at + half) >> vec3<u32>(FRACTION_BITS);
    let p = vec3<u32>(nearest);
    if (all(p < params.source_size_ijk)) {
      let found = src[(p.z * params.source_size_ijk.y + p.y) * params.source_words_per_row + (p.x >> 5u)];
      bits |= ((found >> (p.x & 31u)) & 1u) << b;
    }
  }
  dst[word] = bits;
}
`,
  paramsSizeBytes: 96,
  params: [
    { name: 'targetSizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'targetWordsPerRow', type: 'u32', offsetBytes: 12 },
    { name: 'sourceSizeIjk', type: 'vec3<u32>', offsetBytes: 16 },
    { name: 'sourceWordsPerRow', type: 'u32', offsetBytes: 28 },
    { name: 'origin', type: 'vec3<i32>', offsetBytes: 32 },
    { name: 'stepI', type: 'vec3<i32>', offsetBytes: 48 },
    { name: 'stepJ', type: 'vec3<i32>', offsetBytes: 64 },
    { name: 'stepK', type: 'vec3<i32>', offsetBytes: 80 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'dst', binding: 2, access: 'read_write' },
  ],
  overrides: [
    { name: 'FRACTION_BITS', type: 'u32', defaultValue: 16 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
  ],
};
