// Statistics of real values by depth below a window's skin: bin b holds voxels with b = floor(depth·bins_per_mm), depth
// from 0; values as whole numbers q = round((real − low)·scale), 0 … 65535. Words of a bin: count, then 64 bits, low word
// first, of the sums of q, of the low half of q² and of its high half. Sums of integers: no order changes them.
// A workgroup counts in shared memory and adds its counts once; an invocation takes VOXELS_EACH voxels, strided by the
// workgroup, so that a sum of 16 bits fits a word.
#import dispatch
#import volume
#import depth-window

override WG_X: u32 = 256;
const VOXELS_EACH: u32 = 32u;
const MAX_BINS: u32 = 256u;
const BIN_WORDS: u32 = 7u;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  bin_count: u32,
  // Fixed point: see depth-window.wgsl.
  origin: vec3<i32>,
  // Per mm.
  bins_per_mm: f32,
  step_i: vec3<i32>,
  // Real value of q = 0.
  low: f32,
  step_j: vec3<i32>,
  // q per real unit.
  scale: f32,
  step_k: vec3<i32>,
  // Always 0.
  no_bits: u32,
  // Pixels.
  size_px: vec2<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
@group(0) @binding(5) var<storage, read> pairs: array<vec2<f32>>;
// Slope and intercept for each k.
@group(0) @binding(6) var<storage, read> lines: array<vec2<f32>>;
@group(0) @binding(7) var<storage, read_write> bins: array<atomic<u32>>;

var<workgroup> group_bins: array<array<atomic<u32>, 4>, MAX_BINS>;

fn add_wide(at: u32, value: u32) {
  if (value > 0u && atomicAdd(&bins[at], value) > 0xffffffffu - value) {
    atomicAdd(&bins[at + 1u], 1u);
  }
}

fn count_voxel(index: u32) {
  let size = params.size_ijk;
  let row = index / size.x;
  let k = row / size.y;
  let fixed = window_fixed(vec3<u32>(index - row * size.x, row - k * size.y, k));
  let skin = window_surfaces(fixed).y;
  if (skin == NO_SURFACE) {
    return;
  }
  let below = rounded(rounded(window_depth(fixed) - skin) * params.bins_per_mm);
  if (below < 0.0 || below >= f32(params.bin_count)) {
    return;
  }
  let real = rounded(rounded(load_stored(index) * lines[k].x) + lines[k].y);
  let q = u32(clamp(rounded(rounded(rounded(real - params.low) * params.scale) + 0.5), 0.0, 65535.0));
  let bin = u32(below);
  atomicAdd(&group_bins[bin][0], 1u);
  atomicAdd(&group_bins[bin][1], q);
  atomicAdd(&group_bins[bin][2], (q * q) & 0xffffu);
  atomicAdd(&group_bins[bin][3], (q * q) >> 16u);
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = (linear_invocation(workgroup, count, local, WG_X) - local) * VOXELS_EACH + local;
  let total = params.size_ijk.x * params.size_ijk.y * params.size_ijk.z;
  for (var n = 0u; n < VOXELS_EACH; n++) {
    let index = first + n * WG_X;
    if (index < total) {
      count_voxel(index);
    }
  }
  workgroupBarrier();
  for (var bin = local; bin < params.bin_count; bin += WG_X) {
    let counted = atomicLoad(&group_bins[bin][0]);
    if (counted > 0u) {
      atomicAdd(&bins[bin * BIN_WORDS], counted);
      for (var part = 0u; part < 3u; part++) {
        add_wide(bin * BIN_WORDS + 1u + 2u * part, atomicLoad(&group_bins[bin][part + 1u]));
      }
    }
  }
}
