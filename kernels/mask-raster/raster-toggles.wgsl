// dst (i, j, k) bit r = parity of the toggles of region r in row (j, k) at or before i. A workgroup makes a segment of
// a row, VOXELS_EACH voxels for each invocation: toggles are xored into shared memory (those before the segment at its
// first voxel), each invocation xors its voxels up, the totals are scanned (Hillis and Steele, CACM 29, 1986), and the
// states are stored in the order of memory. Barriers: around each of these steps.
#import dispatch

override WG_X: u32 = 64;
const VOXELS_EACH: u32 = 4u;
const MAX_WG_X: u32 = 256u;
const MAX_SEGMENT: u32 = 1024u;
// Of a toggle: bits of the region, the rest is the voxel.
const REGION_BITS: u32 = 5u;

struct Params {
  // Voxels of a row.
  size_i: u32,
  // Rows of the grid: nj·nk.
  rows: u32,
  // Toggles of all rows.
  toggle_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// First toggle of each row, and their number.
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
