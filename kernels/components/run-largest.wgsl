// STAGE 0: best[0] = largest of sizes. STAGE 1: best[1] = smallest slot whose size is best[0], where best[1] starts as
// the largest u32 and stays so if nothing has a size. Each invocation takes SLOTS_EACH slots; a workgroup meets in
// shared memory, one barrier, and speaks once.
#import dispatch

override WG_X: u32 = 64;
override STAGE: u32 = 0u;
const SLOTS_EACH: u32 = 16u;

struct Params {
  // Entries of sizes.
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sizes: array<u32>;
@group(0) @binding(2) var<storage, read_write> best: array<atomic<u32>>;

var<workgroup> group_best: atomic<u32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = (linear_invocation(workgroup, count, local, WG_X) - local) * SLOTS_EACH + local;
  let largest = atomicLoad(&best[0]);
  // Stage 1 looks for a minimum: as the maximum of the complement it is the same reduction.
  var mine = 0u;
  for (var n = 0u; n < SLOTS_EACH; n++) {
    let slot = first + n * WG_X;
    if (slot < params.count) {
      let size = sizes[slot];
      if (STAGE == 0u) {
        mine = max(mine, size);
      } else if (size == largest && size > 0u) {
        mine = max(mine, ~slot);
      }
    }
  }
  atomicMax(&group_best, mine);
  workgroupBarrier();
  if (local == 0u) {
    let group = atomicLoad(&group_best);
    if (STAGE == 0u) {
      atomicMax(&best[0], group);
    } else {
      atomicMin(&best[1], ~group);
    }
  }
}
