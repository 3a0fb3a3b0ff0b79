// bins[b] += number of voxels (inside the mask, if any) with b = floor((stored - low)·scale); the value at the upper
// edge belongs to the last bin, everything outside the edges is not counted. A workgroup counts in shared memory and
// adds its counts once. Every invocation takes VOXELS_EACH voxels, strided by the workgroup.
#import dispatch
#import volume

override WG_X: u32 = 256;
override HAS_MASK: bool = false;
const VOXELS_EACH: u32 = 32u;
const MAX_BINS: u32 = 2048u;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
  // Stored values of the outer edges.
  low: f32,
  high: f32,
  // Bins per stored unit.
  scale: f32,
  bin_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
@group(0) @binding(5) var<storage, read> mask: array<u32>;
@group(0) @binding(6) var<storage, read_write> bins: array<atomic<u32>>;

var<workgroup> group_bins: array<atomic<u32>, MAX_BINS>;

fn is_counted(index: u32) -> bool {
  if (!HAS_MASK) {
    return true;
  }
  let row = index / params.size_ijk.x;
  let i = index - row * params.size_ijk.x;
  return ((mask[row * params.words_per_row + (i >> 5u)] >> (i & 31u)) & 1u) == 1u;
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
      let v = load_stored(index);
      if (v >= params.low && v <= params.high && is_counted(index)) {
        let x = (v - params.low) * params.scale;
        atomicAdd(&group_bins[min(u32(x), params.bin_count - 1u)], 1u);
      }
    }
  }
  workgroupBarrier();
  for (var b = local; b < params.bin_count; b += WG_X) {
    let n = atomicLoad(&group_bins[b]);
    if (n > 0u) {
      atomicAdd(&bins[b], n);
    }
  }
}
