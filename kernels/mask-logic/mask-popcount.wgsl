// total[0] += number of set bits of src. Every invocation counts WORDS_EACH words strided by the grid, a workgroup adds
// its sum once. Counts stay below 2^32, the largest grid.
#import dispatch

override WG_X: u32 = 64;
const WORDS_EACH: u32 = 16u;

struct Params {
  // Words.
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read_write> total: array<atomic<u32>>;

var<workgroup> group_sum: atomic<u32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = (linear_invocation(workgroup, count, local, WG_X) - local) * WORDS_EACH + local;
  var sum = 0u;
  for (var n = 0u; n < WORDS_EACH; n++) {
    let word = first + n * WG_X;
    if (word < params.count) {
      sum += countOneBits(src[word]);
    }
  }
  atomicAdd(&group_sum, sum);
  workgroupBarrier();
  if (local == 0u) {
    atomicAdd(&total[0], atomicLoad(&group_sum));
  }
}
