// Joins each labelled voxel with its labelled neighbours in a union-find forest: labels[v] - 1 is the parent of v, a
// root is its own parent, and parents are never larger than children, so that the root is the smallest voxel of the
// component whatever the order of the joins (Komura 2015; Playne and Hawick 2018).
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  // Entries of neighbours.
  neighbour_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Offsets along i, j, k; one of each pair of opposite neighbours.
@group(0) @binding(1) var<storage, read> neighbours: array<vec4<i32>>;
@group(0) @binding(2) var<storage, read_write> labels: array<atomic<u32>>;

fn find_root(voxel: u32) -> u32 {
  var at = voxel;
  var parent = atomicLoad(&labels[at]) - 1u;
  while (parent != at) {
    at = parent;
    parent = atomicLoad(&labels[at]) - 1u;
  }
  return at;
}

fn join_voxels(first: u32, second: u32) {
  var a = find_root(first);
  var b = find_root(second);
  while (a != b) {
    if (a < b) {
      let swap = a;
      a = b;
      b = swap;
    }
    // a is the larger root: hang it under b unless somebody else has hung it meanwhile.
    let old = atomicMin(&labels[a], b + 1u) - 1u;
    if (old == a) {
      return;
    }
    a = find_root(old);
    b = find_root(b);
  }
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  if (index >= size.x * size.y * size.z) {
    return;
  }
  if (atomicLoad(&labels[index]) == 0u) {
    return;
  }
  let row = index / size.x;
  let p = vec3<i32>(vec3<u32>(index - row * size.x, row % size.y, row / size.y));
  for (var n = 0u; n < params.neighbour_count; n++) {
    let q = vec3<u32>(p + neighbours[n].xyz);
    if (all(q < size)) {
      let other = (q.z * size.y + q.y) * size.x + q.x;
      if (atomicLoad(&labels[other]) != 0u) {
        join_voxels(index, other);
      }
    }
  }
}
