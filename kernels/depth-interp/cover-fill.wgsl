// A voxel whose depth in the window is at least the cover's and less than the skin's, and which is not solid itself, gets
// profile(depth below the cover) + noise·spread(there); every other keeps its real value. altered says which is which.
// The profile is given at the centres of its bins, straight lines between them, constant beyond the outer ones.
// One invocation makes one voxel; rows are padded to whole words, whose bits meet in workgroup memory, one barrier.
#import dispatch
#import volume
#import depth-window
#import counter-noise

// A multiple of 32, MAX_WORDS·32 at most.
override WG_X: u32 = 128;
const MAX_WORDS: u32 = 8u;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  bin_count: u32,
  // Fixed point: see depth-window.wgsl.
  origin: vec3<i32>,
  // Per mm.
  bins_per_mm: f32,
  step_i: vec3<i32>,
  // Stored value from which a voxel is solid.
  threshold: f32,
  step_j: vec3<i32>,
  seed: u32,
  step_k: vec3<i32>,
  // Always 0.
  no_bits: u32,
  // Pixels.
  size_px: vec2<u32>,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
// Depths of cover and skin, mm.
@group(0) @binding(5) var<storage, read> pairs: array<vec2<f32>>;
// Slope and intercept for each k, then mean and spread of each bin, real.
@group(0) @binding(6) var<storage, read> tables: array<vec2<f32>>;
@group(0) @binding(7) var<storage, read_write> dst: array<f32>;
@group(0) @binding(8) var<storage, read_write> altered: array<u32>;

var<workgroup> group_words: array<atomic<u32>, MAX_WORDS>;

// Mean and spread.
fn profile(below_mm: f32) -> vec2<f32> {
  let last = params.bin_count - 1u;
  let x = clamp(below_mm * params.bins_per_mm - 0.5, 0.0, f32(last));
  let bin = min(u32(x), last);
  let first = params.size_ijk.z;
  return mix(tables[first + bin], tables[first + min(bin + 1u, last)], x - f32(bin));
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let padded = linear_invocation(workgroup, count, local, WG_X);
  let word = padded >> 5u;
  let row = word / params.words_per_row;
  let i = padded - row * params.words_per_row * 32u;
  let size = params.size_ijk;
  let is_row = row < size.y * size.z;
  if (is_row && i < size.x) {
    let k = row / size.y;
    let index = row * size.x + i;
    let stored = load_stored(index);
    let fixed = window_fixed(vec3<u32>(i, row - k * size.y, k));
    let depth = window_depth(fixed);
    let surfaces = window_surfaces(fixed);
    var value = stored * tables[k].x + tables[k].y;
    if (depth >= surfaces.x && depth < surfaces.y && stored < params.threshold) {
      let layer = profile(depth - surfaces.x);
      value = layer.x + layer.y * counter_noise(index, params.seed);
      atomicOr(&group_words[local >> 5u], 1u << (local & 31u));
    }
    dst[index] = value;
  }
  workgroupBarrier();
  if ((local & 31u) == 0u && is_row) {
    altered[word] = atomicLoad(&group_words[local >> 5u]);
  }
}
