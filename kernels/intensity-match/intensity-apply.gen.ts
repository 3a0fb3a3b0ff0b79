// Generated from intensity-apply.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface IntensityApplyParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly wordsPerRow: number;
  readonly low: number;
  readonly scale: number;
  readonly bins: number;
  readonly sigma: number;
  readonly seed: number;
  readonly counter: number;
  readonly counterRow: number;
  readonly counterSlice: number;
  readonly perFeather: number;
}

export type IntensityApplyBinding = 'source' | 'values' | 'region' | 'depth' | 'table' | 'dst';

export const intensityApplySource: ShaderSource<IntensityApplyParams, IntensityApplyBinding> = {
  id: 'intensity-apply',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
fn counter_hash(value: u32) -> u32 {
  let state = value * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}
fn counter_noise(counter: u32, seed: u32) -> f32 {
  let a = counter_hash(counter ^ counter_hash(seed));
  let b = counter_hash(a ^ 0x9e3779b9u);
  let sum = (a & 0xffffu) + (a >> 16u) + (b & 0xffffu) + (b >> 16u);
  return (f32(sum) - 131070.0) * 0.000026428997;
}
override WG_X: u32 = 64;
override HAS_FEATHER: bool = false;

struct Params {
  size_ijk: vec3<u32>,
  words_per_row: u32,
  low: f32,
  scale: f32,
  bins: u32,
  sigma: f32,
  seed: u32,
  counter: u32,
  counter_row: u32,
  counter_slice: u32,
  per_feather: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> region: array<u32>;
@group(0) @binding(4) var<storage, read> depth: array<f32>;
@group(0) @binding(5) var<storage, read> table: array<f32>;
@group(0) @binding(6) var<storage, read_write> dst: array<f32>;

fn mapped(value: f32) -> f32 {
  let x = clamp((value - params.low) * params.scale, 0.0, f32(params.bins));
  let entry = min(u32(x), params.bins - 1u);
  return table[entry] + (table[entry + 1u] - table[entry]) * (x - f32(entry));
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
  let value = values[index];
  if (((region[row * params.words_per_row + (i >> 5u)] >> (i & 31u)) & 1u) == 0u) {
    dst[index] = value;
    return;
  }
  var replaced = mapped(source[index]);
  if (params.sigma > 0.0) {
    let k = row / size.y;
    let counter = params.counter + i + (row - k * size.y) * params.counter_row + k * params.counter_slice;
    replaced += params.sigma * counter_noise(counter, params.seed);
  }
  var weight = 1.0;
  if (HAS_FEATHER) {
    let t = clamp(depth[index] * params.per_feather, 0.0, 1.0);
    weight = t * t * (3.0 - 2.0 * t);
  }
  dst[index] = select(value + weight * (replaced - value), replaced, weight == 1.0);
}
`,
  paramsSizeBytes: 64,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 12 },
    { name: 'low', type: 'f32', offsetBytes: 16 },
    { name: 'scale', type: 'f32', offsetBytes: 20 },
    { name: 'bins', type: 'u32', offsetBytes: 24 },
    { name: 'sigma', type: 'f32', offsetBytes: 28 },
    { name: 'seed', type: 'u32', offsetBytes: 32 },
    { name: 'counter', type: 'u32', offsetBytes: 36 },
    { name: 'counterRow', type: 'u32', offsetBytes: 40 },
    { name: 'counterSlice', type: 'u32', offsetBytes: 44 },
    { name: 'perFeather', type: 'f32', offsetBytes: 48 },
  ],
  bindings: [
    { name: 'source', binding: 1, access: 'read' },
    { name: 'values', binding: 2, access: 'read' },
    { name: 'region', binding: 3, access: 'read' },
    { name: 'depth', binding: 4, access: 'read' },
    { name: 'table', binding: 5, access: 'read' },
    { name: 'dst', binding: 6, access: 'read_write' },
  ],
  overrides: [
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'HAS_FEATHER', type: 'bool', defaultValue: 0 },
  ],
};
