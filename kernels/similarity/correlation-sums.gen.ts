// Generated from correlation-sums.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface CorrelationSumsParams {
  readonly fixedSizeIjk: readonly [number, number, number];
  readonly strideIjk: readonly [number, number, number];
  readonly sampleSizeIjk: readonly [number, number, number];
  readonly movingSizeIjk: readonly [number, number, number];
  readonly origin: readonly [number, number, number];
  readonly stepI: readonly [number, number, number];
  readonly stepJ: readonly [number, number, number];
  readonly stepK: readonly [number, number, number];
  readonly perMmX: readonly [number, number, number];
  readonly perMmY: readonly [number, number, number];
  readonly perMmZ: readonly [number, number, number];
  readonly blockSamples: number;
  readonly fixedMiddle: number;
  readonly movingMiddle: number;
  readonly fixedScale: number;
  readonly movingScale: number;
}

export type CorrelationSumsBinding =
  'fixedImage' | 'movingImage' | 'displacement' | 'fixedMask' | 'movingMask' | 'slopes' | 'partials' | 'forces';

export const correlationSumsSource: ShaderSource<CorrelationSumsParams, CorrelationSumsBinding> = {
  id: 'correlation-sums',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override HAS_DISPLACEMENT: bool = false;
const MOST_FIXED: f32 = 268435456.0;
fn fixed_from(columns: vec3<f32>, mm: f32) -> vec3<i32> {
  return vec3<i32>(clamp(columns * mm, vec3<f32>(-MOST_FIXED), vec3<f32>(MOST_FIXED)));
}
fn displaced(at: vec3<i32>, index: u32) -> vec3<i32> {
  if (!HAS_DISPLACEMENT) {
    return at;
  }
  return at + fixed_from(params.per_mm_x, displacement[3u * index])
    + fixed_from(params.per_mm_y, displacement[3u * index + 1u])
    + fixed_from(params.per_mm_z, displacement[3u * index + 2u]);
}
override FRACTION_BITS: u32 = 16u;
override HAS_FIXED_MASK: bool = false;
override HAS_MOVING_MASK: bool = false;
struct Cell {
  first: u32,
  step: vec3<u32>,
  t: vec3<f32>,
}

fn sample_of(index: u32) -> vec3<u32> {
  let row = index / params.sample_size_ijk.x;
  let k = row / params.sample_size_ijk.y;
  return vec3<u32>(index - row * params.sample_size_ijk.x, row - k * params.sample_size_ijk.y, k);
}

fn fixed_index_of(p: vec3<u32>) -> u32 {
  return (p.z * params.fixed_size_ijk.y + p.y) * params.fixed_size_ijk.x + p.x;
}

fn moving_position(s: vec3<u32>, fixed_index: u32) -> vec3<i32> {
  let p = params.origin + params.step_i * i32(s.x) + params.step_j * i32(s.y) + params.step_k * i32(s.z);
  return displaced(p, fixed_index);
}

fn is_bit_set(word: u32, i: u32) -> bool {
  return ((word >> (i & 31u)) & 1u) == 1u;
}

fn is_counted(p: vec3<u32>, at: vec3<i32>) -> bool {
  if (any(at < vec3<i32>(0)) || any(at > (vec3<i32>(params.moving_size_ijk) - 1) << vec3<u32>(FRACTION_BITS))) {
    return false;
  }
  if (HAS_FIXED_MASK) {
    let words = (params.fixed_size_ijk.x + 31u) >> 5u;
    if (!is_bit_set(fixed_mask[(p.z * params.fixed_size_ijk.y + p.y) * words + (p.x >> 5u)], p.x)) {
      return false;
    }
  }
  if (HAS_MOVING_MASK) {
    let words = (params.moving_size_ijk.x + 31u) >> 5u;
    let m = vec3<u32>((at + (1 << (FRACTION_BITS - 1u))) >> vec3<u32>(FRACTION_BITS));
    return is_bit_set(moving_mask[(m.z * params.moving_size_ijk.y + m.y) * words + (m.x >> 5u)], m.x);
  }
  return true;
}

fn cell_of(at: vec3<i32>) -> Cell {
  let size = params.moving_size_ijk;
  let low = min(at >> vec3<u32>(FRACTION_BITS), max(vec3<i32>(size) - 2, vec3<i32>(0)));
  let t = vec3<f32>(at - (low << vec3<u32>(FRACTION_BITS))) * (1.0 / f32(1 << FRACTION_BITS));
  let l = vec3<u32>(low);
  let step = select(vec3<u32>(0u), vec3<u32>(1u, size.x, size.x * size.y), size > vec3<u32>(1u));
  return Cell((l.z * size.y + l.y) * size.x + l.x, step, t);
}
fn interpolate(cell: Cell) -> vec4<f32> {
  let t = cell.t;
  let near = cell.first;
  let far = near + cell.step.z;
  let start = vec4<f32>(
    moving_at(near), moving_at(near + cell.step.y), moving_at(far), moving_at(far + cell.step.y));
  let end = vec4<f32>(
    moving_at(near + cell.step.x), moving_at(near + cell.step.y + cell.step.x),
    moving_at(far + cell.step.x), moving_at(far + cell.step.y + cell.step.x));
  let d = end - start;
  let v = start + d * t.x;
  let dy = v.yw - v.xz;
  let along_y = v.xz + dy * t.y;
  let along_x = d.xz + (d.yw - d.xz) * t.y;
  return vec4<f32>(
    along_x.x + (along_x.y - along_x.x) * t.z,
    dy.x + (dy.y - dy.x) * t.z,
    along_y.y - along_y.x,
    along_y.x + (along_y.y - along_y.x) * t.z);
}
fn per_mm(g: vec3<f32>) -> vec3<f32> {
  return vec3<f32>(dot(g, params.per_mm_x), dot(g, params.per_mm_y), dot(g, params.per_mm_z))
    * (1.0 / f32(1 << FRACTION_BITS));
}
fn lattice_position(s: vec3<u32>) -> vec4<f32> {
  return vec4<f32>(vec3<f32>(s) / vec3<f32>(params.sample_size_ijk) - 0.5, 1.0);
}
var<workgroup> block_values: array<vec4<f32>, 256>;

fn block_sum(value: vec4<f32>, local: u32) -> vec4<f32> {
  block_values[local] = value;
  workgroupBarrier();
  for (var half = WG_X >> 1u; half > 0u; half >>= 1u) {
    if (local < half) {
      block_values[local] += block_values[local + half];
    }
    workgroupBarrier();
  }
  let sum = block_values[0];
  workgroupBarrier();
  return sum;
}
override WG_X: u32 = 256;
override HAS_GRADIENT: bool = true;
override HAS_FORCES: bool = false;

struct Params {
  fixed_size_ijk: vec3<u32>,
  stride_ijk: vec3<u32>,
  sample_size_ijk: vec3<u32>,
  moving_size_ijk: vec3<u32>,
  origin: vec3<i32>,
  step_i: vec3<i32>,
  step_j: vec3<i32>,
  step_k: vec3<i32>,
  per_mm_x: vec3<f32>,
  per_mm_y: vec3<f32>,
  per_mm_z: vec3<f32>,
  block_samples: u32,
  fixed_middle: f32,
  moving_middle: f32,
  fixed_scale: f32,
  moving_scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> fixed_image: array<f32>;
@group(0) @binding(2) var<storage, read> moving_image: array<f32>;
@group(0) @binding(3) var<storage, read> displacement: array<f32>;
@group(0) @binding(4) var<storage, read> fixed_mask: array<u32>;
@group(0) @binding(5) var<storage, read> moving_mask: array<u32>;
@group(0) @binding(6) var<storage, read> slopes: array<f32>;
@group(0) @binding(7) var<storage, read_write> partials: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> forces: array<f32>;

fn moving_at(index: u32) -> f32 {
  return (moving_image[index] - params.moving_middle) * params.moving_scale;
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let block = linear_invocation(workgroup, count, 0u, 1u);
  let total = params.sample_size_ijk.x * params.sample_size_ijk.y * params.sample_size_ijk.z;
  var head = vec4<f32>(0.0);
  var row_x = vec4<f32>(0.0);
  var row_y = vec4<f32>(0.0);
  var row_z = vec4<f32>(0.0);
  for (var n = local; n < params.block_samples; n += WG_X) {
    let index = block * params.block_samples + n;
    if (index >= total) {
      break;
    }
    let p = sample_of(index);
    let at = moving_position(p, index);
    var force = vec3<f32>(0.0);
    if (is_counted(p, at)) {
      let v = interpolate(cell_of(at));
      let f = (fixed_image[index] - params.fixed_middle) * params.fixed_scale;
      let s = f * slopes[index] - v.w * slopes[total + index] + slopes[2u * total + index];
      head.y += 1.0;
      let g = v.xyz * s;
      let q = lattice_position(p);
      row_x += g.x * q;
      row_y += g.y * q;
      row_z += g.z * q;
      force = per_mm(g);
    }
    if (HAS_FORCES) {
      forces[3u * index] = force.x;
      forces[3u * index + 1u] = force.y;
      forces[3u * index + 2u] = force.z;
    }
  }
  let is_writer = local == 0u && (block == 0u || block * params.block_samples < total);
  let head_sum = block_sum(head, local);
  if (is_writer) {
    partials[4u * block] = head_sum;
  }
  if (HAS_GRADIENT) {
    let sum_x = block_sum(row_x, local);
    let sum_y = block_sum(row_y, local);
    let sum_z = block_sum(row_z, local);
    if (is_writer) {
      partials[4u * block + 1u] = sum_x;
      partials[4u * block + 2u] = sum_y;
      partials[4u * block + 3u] = sum_z;
    }
  }
}
`,
  paramsSizeBytes: 192,
  params: [
    { name: 'fixedSizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'strideIjk', type: 'vec3<u32>', offsetBytes: 16 },
    { name: 'sampleSizeIjk', type: 'vec3<u32>', offsetBytes: 32 },
    { name: 'movingSizeIjk', type: 'vec3<u32>', offsetBytes: 48 },
    { name: 'origin', type: 'vec3<i32>', offsetBytes: 64 },
    { name: 'stepI', type: 'vec3<i32>', offsetBytes: 80 },
    { name: 'stepJ', type: 'vec3<i32>', offsetBytes: 96 },
    { name: 'stepK', type: 'vec3<i32>', offsetBytes: 112 },
    { name: 'perMmX', type: 'vec3<f32>', offsetBytes: 128 },
    { name: 'perMmY', type: 'vec3<f32>', offsetBytes: 144 },
    { name: 'perMmZ', type: 'vec3<f32>', offsetBytes: 160 },
    { name: 'blockSamples', type: 'u32', offsetBytes: 172 },
    { name: 'fixedMiddle', type: 'f32', offsetBytes: 176 },
    { name: 'movingMiddle', type: 'f32', offsetBytes: 180 },
    { name: 'fixedScale', type: 'f32', offsetBytes: 184 },
    { name: 'movingScale', type: 'f32', offsetBytes: 188 },
  ],
  bindings: [
    { name: 'fixedImage', binding: 1, access: 'read' },
    { name: 'movingImage', binding: 2, access: 'read' },
    { name: 'displacement', binding: 3, access: 'read' },
    { name: 'fixedMask', binding: 4, access: 'read' },
    { name: 'movingMask', binding: 5, access: 'read' },
    { name: 'slopes', binding: 6, access: 'read' },
    { name: 'partials', binding: 7, access: 'read_write' },
    { name: 'forces', binding: 8, access: 'read_write' },
  ],
  overrides: [
    { name: 'HAS_DISPLACEMENT', type: 'bool', defaultValue: 0 },
    { name: 'FRACTION_BITS', type: 'u32', defaultValue: 16 },
    { name: 'HAS_FIXED_MASK', type: 'bool', defaultValue: 0 },
    { name: 'HAS_MOVING_MASK', type: 'bool', defaultValue: 0 },
    { name: 'WG_X', type: 'u32', defaultValue: 256 },
    { name: 'HAS_GRADIENT', type: 'bool', defaultValue: 1 },
    { name: 'HAS_FORCES', type: 'bool', defaultValue: 0 },
  ],
};
