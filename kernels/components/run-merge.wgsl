// Joins each run with the runs it touches in neighbouring rows, in a union-find forest: parents[slot] is the parent of
// a run, a root is its own parent. Parents are never larger than their children, so the root is the first run of the
// component whatever the order of the joins (Komura 2015; Playne and Hawick 2018). One invocation makes one row.
#import dispatch
#import runs

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
  // Entries of neighbours.
  neighbour_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Offsets of rows along j and k, one of each pair of opposite rows; voxels by which runs may miss each other; unused.
@group(0) @binding(1) var<storage, read> neighbours: array<vec4<i32>>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> parents: array<atomic<u32>>;

fn find_root(slot: u32) -> u32 {
  var at = slot;
  var parent = atomicLoad(&parents[at]);
  while (parent != at) {
    let above = atomicLoad(&parents[parent]);
    if (above != parent) {
      // Halves the path for those who come later; if somebody was faster, the path is another one.
      atomicCompareExchangeWeak(&parents[at], parent, above);
    }
    at = parent;
    parent = above;
  }
  return at;
}

fn join_runs(first: u32, second: u32) {
  var a = find_root(first);
  var b = find_root(second);
  while (a != b) {
    let low = min(a, b);
    a = max(a, b);
    // a is the larger root: hang it under the other unless somebody else has hung it meanwhile.
    let old = atomicMin(&parents[a], low);
    if (old == a) {
      return;
    }
    a = find_root(old);
    b = find_root(low);
  }
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  let per_row = params.words_per_row;
  if (row >= size.y * size.z) {
    return;
  }
  let k = row / size.y;
  let at = vec2<i32>(vec2<u32>(row - k * size.y, k));
  for (var n = 0u; n < params.neighbour_count; n++) {
    let other_at = vec2<u32>(at + neighbours[n].xy);
    if (any(other_at >= size.yz)) {
      continue;
    }
    let other = other_at.y * size.y + other_at.x;
    let reach = u32(neighbours[n].z);
    var a = next_run(row * per_row, per_row, 0u);
    var b = next_run(other * per_row, per_row, 0u);
    while (a != NO_RUN && b != NO_RUN) {
      let a_end = run_end(row * per_row, per_row, a);
      let b_end = run_end(other * per_row, per_row, b);
      if (a < b_end + reach && b < a_end + reach) {
        join_runs(slot_of(row, a, size.x), slot_of(other, b, size.x));
      }
      if (a_end < b_end) {
        a = next_run(row * per_row, per_row, a_end);
      } else {
        b = next_run(other * per_row, per_row, b_end);
      }
    }
  }
}
