// sizes[roots[run]] += voxels of the run. One invocation makes one row; neighbouring runs of one component are added
// together. Counts stay below 2^32, the largest grid.
#import dispatch
#import runs

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> mask: array<u32>;
@group(0) @binding(2) var<storage, read> roots: array<u32>;
@group(0) @binding(3) var<storage, read_write> sizes: array<atomic<u32>>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = linear_invocation(workgroup, count, local, WG_X);
  if (row >= params.size_ijk.y * params.size_ijk.z) {
    return;
  }
  let row_word = row * params.words_per_row;
  var root = 0u;
  var voxels = 0u;
  var first = next_run(row_word, params.words_per_row, 0u);
  while (first != NO_RUN) {
    let end = run_end(row_word, params.words_per_row, first);
    let run_root = roots[slot_of(row, first, params.size_ijk.x)];
    if (run_root != root && voxels > 0u) {
      atomicAdd(&sizes[root], voxels);
      voxels = 0u;
    }
    root = run_root;
    voxels += end - first;
    first = next_run(row_word, params.words_per_row, end);
  }
  if (voxels > 0u) {
    atomicAdd(&sizes[root], voxels);
  }
}
