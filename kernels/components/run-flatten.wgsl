// parents[slot] = root of the run: the slot of the first run of its component, or 0 for the outside. One invocation
// makes one row. Rows flattened meanwhile only shorten the paths of others.
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
@group(0) @binding(2) var<storage, read_write> parents: array<atomic<u32>>;

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
  var first = next_run(row_word, params.words_per_row, 0u);
  while (first != NO_RUN) {
    let slot = slot_of(row, first, params.size_ijk.x);
    var root = slot;
    var parent = atomicLoad(&parents[root]);
    while (parent != root) {
      root = parent;
      parent = atomicLoad(&parents[root]);
    }
    atomicStore(&parents[slot], root);
    first = next_run(row_word, params.words_per_row, run_end(row_word, params.words_per_row, first));
  }
}
