// dst(p) = the label that weighs most among the eight source voxels around A p + displacement(p), each with its trilinear
// weight; of several that weigh the same the smallest. Weights are integers (8 bits an axis), so all backends decide
// alike. Positions are clamped to the outer centres; outside the voxels' own extent the label is outside_label. Labels
// are packed as they came: one invocation makes one word of four u8 or two u16. No shared memory, no barriers.
#import dispatch
#import volume
#import fixed-point
#import displacement

override WG_X: u32 = 64;
const WEIGHT_BITS: u32 = 8u;

struct Params {
  // Voxels.
  target_size_ijk: vec3<u32>,
  outside_label: u32,
  // Voxels.
  source_size_ijk: vec3<u32>,
  // Source voxels in fixed point: index of target voxel (0, 0, 0), and what each target step adds.
  origin: vec3<i32>,
  step_i: vec3<i32>,
  step_j: vec3<i32>,
  step_k: vec3<i32>,
  // Source voxels in fixed point per mm along L, P, S.
  per_mm_x: vec3<f32>,
  per_mm_y: vec3<f32>,
  per_mm_z: vec3<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
// mm, LPS; anything without HAS_DISPLACEMENT.
@group(0) @binding(5) var<storage, read> displacement: array<f32>;
@group(0) @binding(6) var<storage, read_write> dst: array<u32>;

fn label_at(at: vec3<i32>) -> u32 {
  let one = 1 << FRACTION_BITS;
  let half = one >> 1u;
  let size = vec3<i32>(params.source_size_ijk);
  if (any(at < vec3<i32>(-half)) || any(at >= size * one - half)) {
    return params.outside_label;
  }
  let inside = clamp(at, vec3<i32>(0), (size - 1) * one);
  let low = inside >> vec3<u32>(FRACTION_BITS);
  let high = vec3<u32>(min(low + 1, size - 1));
  let near = vec3<u32>(low);
  let part = vec3<u32>(inside - low * one) >> vec3<u32>(FRACTION_BITS - WEIGHT_BITS);
  let rest = vec3<u32>(1u << WEIGHT_BITS) - part;
  var labels = array<u32, 8>();
  var weights = array<u32, 8>();
  for (var n = 0u; n < 8u; n++) {
    let is_high = vec3<bool>((n & 1u) != 0u, (n & 2u) != 0u, (n & 4u) != 0u);
    let q = select(near, high, is_high);
    let w = select(rest, part, is_high);
    labels[n] = u32(load_stored((q.z * params.source_size_ijk.y + q.y) * params.source_size_ijk.x + q.x));
    weights[n] = w.x * w.y * w.z;
  }
  var best = 0u;
  var most = 0u;
  for (var n = 0u; n < 8u; n++) {
    var total = 0u;
    for (var m = 0u; m < 8u; m++) {
      total += select(0u, weights[m], labels[m] == labels[n]);
    }
    if (total > most || (total == most && labels[n] < best)) {
      most = total;
      best = labels[n];
    }
  }
  return best;
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = linear_invocation(workgroup, count, local, WG_X);
  let size = params.target_size_ijk;
  let voxels = size.x * size.y * size.z;
  let label_bits = select(8u, 16u, VOXEL_FORMAT == 2u);
  let first = word * (32u / label_bits);
  if (first >= voxels) {
    return;
  }
  var bits = 0u;
  for (var index = first; index < min(first + 32u / label_bits, voxels); index++) {
    let row = index / size.x;
    let k = row / size.y;
    let p = vec3<u32>(index - row * size.x, row - k * size.y, k);
    let at = source_fixed(p, params.origin, params.step_i, params.step_j, params.step_k);
    bits |= label_at(displaced(at, index)) << ((index - first) * label_bits);
  }
  dst[word] = bits;
}
