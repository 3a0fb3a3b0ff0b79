// extent[0] = min, extent[1] = max over all voxels of the stored value's ordered bits (see ordered_bits); start values
// are 0xffffffff and 0. A workgroup reduces in shared memory and updates once.
#import dispatch
#import volume

override WG_X: u32 = 256;
const VOXELS_EACH: u32 = 32u;

struct Params {
  // Voxels.
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
@group(0) @binding(5) var<storage, read_write> extent: array<atomic<u32>>;

var<workgroup> group_low: atomic<u32>;
var<workgroup> group_high: atomic<u32>;

// Unsigned integers in the order of the floats they stand for.
fn ordered_bits(v: f32) -> u32 {
  let bits = bitcast<u32>(v);
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  if (local == 0u) {
    atomicStore(&group_low, 0xffffffffu);
  }
  workgroupBarrier();
  let first = (linear_invocation(workgroup, count, local, WG_X) - local) * VOXELS_EACH + local;
  for (var n = 0u; n < VOXELS_EACH; n++) {
    let index = first + n * WG_X;
    if (index < params.count) {
      let bits = ordered_bits(load_stored(index));
      atomicMin(&group_low, bits);
      atomicMax(&group_high, bits);
    }
  }
  workgroupBarrier();
  if (local == 0u) {
    atomicMin(&extent[0], atomicLoad(&group_low));
    atomicMax(&extent[1], atomicLoad(&group_high));
  }
}
