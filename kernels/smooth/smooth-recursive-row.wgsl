// dst = src * h along i; smooth-recursive-line.wgsl says what h is.
// One invocation makes one row, a workgroup WG_X neighbouring ones, COLUMNS voxels at a time: a tile of the rows is
// read side by side into workgroup memory, each invocation walks through its row of the tile and keeps its state for the
// next one, and the tile is written side by side. Through all tiles forwards, then backwards; barriers where a tile
// changes hands. src and dst do not overlap.
#import dispatch
#import recursion

override WG_X: u32 = 64;
// Voxels of a row in a tile.
override COLUMNS: u32 = 32;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  // Real and imaginary parts of both oscillations.
  poles: vec4<f32>,
  gains: vec4<f32>,
  // 1 / (1 − pole): what a constant of 1 leads to.
  steady: vec4<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> dst: array<f32>;

// One more than COLUMNS to a row, so that neighbouring invocations are in different banks.
var<workgroup> tile: array<f32, WG_X * (COLUMNS + 1u)>;

// Where entry n of a tile lies: in memory, in the tile, and whether it is a voxel. Rows from `row` on, voxels from `first`.
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
  // What the last tile still needs is done by now.
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
      // The row has been what its first value is for ever.
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
      // The voxel itself is in both states.
      tile[slots + c] = weigh(state) - (params.gains.x + params.gains.z) * value;
    }
    workgroupBarrier();
    for (var n = local; n < WG_X * COLUMNS; n += WG_X) {
      let entry = entry_of(n, row, first);
      if (entry.is_voxel) {
        // Written by this same invocation on the way there.
        dst[entry.index] += tile[entry.slot];
      }
    }
  }
}
