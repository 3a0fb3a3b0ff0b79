// Generated from smooth-recursive-row.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface SmoothRecursiveRowParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly poles: readonly [number, number, number, number];
  readonly gains: readonly [number, number, number, number];
  readonly steady: readonly [number, number, number, number];
}

export type SmoothRecursiveRowBinding = 'src' | 'dst';

export const smoothRecursiveRowSource: ShaderSource<SmoothRecursiveRowParams, SmoothRecursiveRowBinding> = {
  id: 'smooth-recursive-row',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
fn advance(state: vec4<f32>, value: f32) -> vec4<f32> {
  let p = params.poles;
  return vec4<f32>(
    p.x * state.x - p.y * state.y + value,
    p.x * state.y + p.y * state.x,
    p.z * state.z - p.w * state.w + value,
    p.z * state.w + p.w * state.z,
  );
}
fn weigh(state: vec4<f32>) -> f32 {
  let g = params.gains;
  return g.x * state.x - g.y * state.y + g.z * state.z - g.w * state.w;
}
override WG_X: u32 = 64;
override COLUMNS: u32 = 32;

struct Params {
  size_ijk: vec3<u32>,
  poles: vec4<f32>,
  gains: vec4<f32>,
  steady: vec4<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;
var<workgroup> tile: array<f32, WG_X * (COLUMNS + 1u)>;
struct Entry {
  index: u32,
  slot: u32,
  is_voxel: bool,
}

fn entry_of(n: u32, row: u32, first: u32) -> Entry {
  let size = params.size_ijk;
  let r = n / COLUMNS;
  let c = n - r * COLUMNS;
  let is_voxel = row + r < size.y * size.z && first + c < size.x;
  return Entry((row + r) * size.x + first + c, r * (COLUMNS + 1u) + c, is_voxel);
}

fn load_tile(local: u32, row: u32, first: u32) {
  workgroupBarrier();
  for (var n = local; n < WG_X * COLUMNS; n += WG_X) {
    let entry = entry_of(n, row, first);
    if (entry.is_voxel) {
      tile[entry.slot] = src[entry.index];
    }
  }
  workgroupBarrier();
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = linear_invocation(workgroup, count, 0u, WG_X);
  let size = params.size_ijk;
  if (row >= size.y * size.z) {
    return;
  }
  let slots = local * (COLUMNS + 1u);
  var state = vec4<f32>();
  for (var first = 0u; first < size.x; first += COLUMNS) {
    load_tile(local, row, first);
    for (var c = 0u; c < min(COLUMNS, size.x - first); c++) {
      let value = tile[slots + c];
      state = select(advance(state, value), params.steady * value, first + c == 0u);
      tile[slots + c] = weigh(state);
    }
    workgroupBarrier();
    for (var n = local; n < WG_X * COLUMNS; n += WG_X) {
      let entry = entry_of(n, row, first);
      if (entry.is_voxel) {
        dst[entry.index] = tile[entry.slot];
      }
    }
  }
  let tiles = (size.x + COLUMNS - 1u) / COLUMNS;
  for (var t = tiles; t > 0u; ) {
    t--;
    let first = t * COLUMNS;
    load_tile(local, row, first);
    for (var c = min(COLUMNS, size.x - first); c > 0u; ) {
      c--;
      let value = tile[slots + c];
      state = select(advance(state, value), params.steady * value, first + c + 1u == size.x);
      tile[slots + c] = weigh(state) - (params.gains.x + params.gains.z) * value;
    }
    workgroupBarrier();
    for (var n = local; n < WG_X * COLUMNS; n += WG_X) {
      let entry = entry_of(n, row, first);
      if (entry.is_voxel) {
        dst[entry.index] += tile[entry.slot];
      }
    }
  }
}
`,
  paramsSizeBytes: 64,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'poles', type: 'vec4<f32>', offsetBytes: 16 },
    { name: 'gains', type: 'vec4<f32>', offsetBytes: 32 },
    { name: 'steady', type: 'vec4<f32>', offsetBytes: 48 },
  ],
  bindings: [
    { name: 'src', binding: 1, access: 'read' },
    { name: 'dst', binding: 2, access: 'read_write' },
  ],
  overrides: [
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'COLUMNS', type: 'u32', defaultValue: 32 },
  ],
};
