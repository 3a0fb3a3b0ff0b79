// Inside a region: dst = value + weight · (map(source) + noise − value), outside dst = value, bit by bit. map is a table
// over equal bins with straight lines between its entries; the weight rises smoothly from 0 at the region's border to 1
// at the feather's width inside. One invocation makes one voxel. No shared memory, no barriers. No overlap.
#import dispatch
#import counter-noise

override WG_X: u32 = 64;
override HAS_FEATHER: bool = false;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  words_per_row: u32,
  // Intensity of the first entry, entries per unit of intensity, entries less one.
  low: f32,
  scale: f32,
  bins: u32,
  // Standard deviation of the noise; 0 for none.
  sigma: f32,
  seed: u32,
  // Counter of the noise: of the first voxel, and what each row and each slice adds.
  counter: u32,
  counter_row: u32,
  counter_slice: u32,
  // 1/mm.
  per_feather: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> region: array<u32>;
// mm to the nearest voxel outside the region; anything without a feather.
@group(0) @binding(4) var<storage, read> depth: array<f32>;
@group(0) @binding(5) var<storage, read> table: array<f32>;
@group(0) @binding(6) var<storage, read_write> dst: array<f32>;

fn mapped(value: f32) -> f32 {
  let x = clamp((value - params.low) * params.scale, 0.0, f32(params.bins));
  let entry = min(u32(x), params.bins - 1u);
  return table[entry] + (table[entry + 1u] - table[entry]) * (x - f32(entry));
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
  let row = index / size.x;
  let i = index - row * size.x;
  let value = values[index];
  if (((region[row * params.words_per_row + (i >> 5u)] >> (i & 31u)) & 1u) == 0u) {
    dst[index] = value;
    return;
  }
  var replaced = mapped(source[index]);
  if (params.sigma > 0.0) {
    let k = row / size.y;
    let counter = params.counter + i + (row - k * size.y) * params.counter_row + k * params.counter_slice;
    replaced += params.sigma * counter_noise(counter, params.seed);
  }
  var weight = 1.0;
  if (HAS_FEATHER) {
    let t = clamp(depth[index] * params.per_feather, 0.0, 1.0);
    weight = t * t * (3.0 - 2.0 * t);
  }
  dst[index] = select(value + weight * (replaced - value), replaced, weight == 1.0);
}
