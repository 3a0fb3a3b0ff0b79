// Generated from raster-toggles.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface RasterTogglesParams {
  readonly sizeI: number;
  readonly rows: number;
  readonly toggleCount: number;
}

export type RasterTogglesBinding = 'rowStart' | 'toggles' | 'dst';

export const rasterTogglesSource: ShaderSource<RasterTogglesParams, RasterTogglesBinding> = {
  id: 'raster-toggles',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;
const VOXELS_EACH: u32 = 4u;
const MAX_WG_X: u32 = 256u;
const MAX_SEGMENT: u32 = 1024u;
const REGION_BITS: u32 = 5u;

struct Params {
  size_i: u32,
  rows: u32,
  toggle_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> row_start: array<u32>;
@group(0) @binding(2) var<storage, read> toggles: array<u32>;
@group(0) @binding(3) var<storage, read_write> dst: array<u32>;

var<workgroup> states: array<atomic<u32>, MAX_SEGMENT>;
var<workgroup> totals: array<u32, MAX_WG_X>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let group = linear_invocation(workgroup, count, 0u, 1u);
  let segment_size = WG_X * VOXELS_EACH;
  let segments_per_row = (params.size_i + segment_size - 1u) / segment_size;
  let row = group / segments_per_row;
  if (row >= params.rows) {
    return;
  }
  let first = (group - row * segments_per_row) * segment_size;
  let end = min(first + segment_size, params.size_i);
  let base = row * params.size_i;
  let toggle_end = min(row_start[row + 1u], params.toggle_count);
  if (row_start[row] >= toggle_end) {
    for (var i = first + local; i < end; i += WG_X) {
      dst[base + i] = 0u;
    }
    return;
  }
  for (var t = row_start[row] + local; t < toggle_end; t += WG_X) {
    let i = toggles[t] >> REGION_BITS;
    if (i < end) {
      atomicXor(&states[max(i, first) - first], 1u << (toggles[t] & 31u));
    }
  }
  workgroupBarrier();
  var own = 0u;
  for (var n = 0u; n < VOXELS_EACH; n++) {
    own ^= atomicLoad(&states[local * VOXELS_EACH + n]);
    atomicStore(&states[local * VOXELS_EACH + n], own);
  }
  totals[local] = own;
  workgroupBarrier();
  for (var step = 1u; step < WG_X; step *= 2u) {
    var before = 0u;
    if (local >= step) {
      before = totals[local - step];
    }
    workgroupBarrier();
    totals[local] ^= before;
    workgroupBarrier();
  }
  let carried = totals[local] ^ own;
  for (var n = 0u; n < VOXELS_EACH; n++) {
    atomicXor(&states[local * VOXELS_EACH + n], carried);
  }
  workgroupBarrier();
  for (var i = first + local; i < end; i += WG_X) {
    dst[base + i] = atomicLoad(&states[i - first]);
  }
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'sizeI', type: 'u32', offsetBytes: 0 },
    { name: 'rows', type: 'u32', offsetBytes: 4 },
    { name: 'toggleCount', type: 'u32', offsetBytes: 8 },
  ],
  bindings: [
    { name: 'rowStart', binding: 1, access: 'read' },
    { name: 'toggles', binding: 2, access: 'read' },
    { name: 'dst', binding: 3, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
