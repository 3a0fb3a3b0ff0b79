// Sums of 1, i, j, k, ii, ij, ik, jj, jk, kk over the surface voxels of a mask (inside the region, if any): those with a
// face neighbour that is not set; voxels outside the grid count as set. Ten 64-bit sums, low word first. An invocation
// sums WORDS_EACH words in u32 (128 voxels of indices below 4096 fit), a workgroup adds in shared memory with carry, and
// adds its sums to the total once. One barrier, behind the shared sums.
#import dispatch

override WG_X: u32 = 128;
override HAS_REGION: bool = false;
const WORDS_EACH: u32 = 4u;
const MOMENTS: u32 = 10u;

struct Params {
  // Voxels, each below 4096.
  size_ijk: vec3<u32>,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<u32>;
@group(0) @binding(2) var<storage, read> region: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<atomic<u32>>;

var<workgroup> group_sums: array<atomic<u32>, 20>;

// Adds a number to the 64-bit sum of a moment: whoever makes the low word wrap around carries.
fn add_in_group(moment: u32, value: u32) {
  let old = atomicAdd(&group_sums[2u * moment], value);
  if (old + value < old) {
    atomicAdd(&group_sums[2u * moment + 1u], 1u);
  }
}

// Bits of a word whose voxel has a face neighbour that is not set.
fn surface_bits(word: u32, w: u32, j: u32, k: u32) -> u32 {
  let bits = src[word];
  let ni = params.size_ijk.x;
  let per_row = params.words_per_row;
  var before = (bits << 1u) | 1u;
  if (w > 0u) {
    before = (bits << 1u) | (src[word - 1u] >> 31u);
  }
  var after = bits >> 1u;
  if (w + 1u < per_row) {
    after |= src[word + 1u] << 31u;
  } else {
    after |= 1u << ((ni - 1u) & 31u);
  }
  var all = before & after;
  if (j > 0u) {
    all &= src[word - per_row];
  }
  if (j + 1u < params.size_ijk.y) {
    all &= src[word + per_row];
  }
  let per_slice = per_row * params.size_ijk.y;
  if (k > 0u) {
    all &= src[word - per_slice];
  }
  if (k + 1u < params.size_ijk.z) {
    all &= src[word + per_slice];
  }
  return bits & ~all;
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = (linear_invocation(workgroup, count, local, WG_X) - local) * WORDS_EACH + local;
  let words = params.words_per_row * params.size_ijk.y * params.size_ijk.z;
  var own = array<u32, 10>();
  for (var n = 0u; n < WORDS_EACH; n++) {
    let word = first + n * WG_X;
    if (word < words && src[word] != 0u) {
      let row = word / params.words_per_row;
      let w = word - row * params.words_per_row;
      let k = row / params.size_ijk.y;
      let j = row - k * params.size_ijk.y;
      var bits = surface_bits(word, w, j, k);
      if (HAS_REGION) {
        bits &= region[word];
      }
      let voxels = countOneBits(bits);
      var sum_i = 0u;
      var sum_ii = 0u;
      while (bits != 0u) {
        let i = w * 32u + firstTrailingBit(bits);
        bits &= bits - 1u;
        sum_i += i;
        sum_ii += i * i;
      }
      own[0] += voxels;
      own[1] += sum_i;
      own[2] += j * voxels;
      own[3] += k * voxels;
      own[4] += sum_ii;
      own[5] += j * sum_i;
      own[6] += k * sum_i;
      own[7] += j * j * voxels;
      own[8] += j * k * voxels;
      own[9] += k * k * voxels;
    }
  }
  if (own[0] > 0u) {
    for (var m = 0u; m < MOMENTS; m++) {
      add_in_group(m, own[m]);
    }
  }
  workgroupBarrier();
  for (var m = local; m < MOMENTS; m += WG_X) {
    let low = atomicLoad(&group_sums[2u * m]);
    var high = atomicLoad(&group_sums[2u * m + 1u]);
    if (low > 0u) {
      let old = atomicAdd(&sums[2u * m], low);
      high += select(0u, 1u, old + low < old);
    }
    if (high > 0u) {
      atomicAdd(&sums[2u * m + 1u], high);
    }
  }
}
