// Sum over a workgroup by a tree of pairs; WG_X is a power of two of at most 256. Every invocation calls it.
var<workgroup> block_values: array<vec4<f32>, 256>;

fn block_sum(value: vec4<f32>, local: u32) -> vec4<f32> {
  block_values[local] = value;
  workgroupBarrier();
  for (var half = WG_X >> 1u; half > 0u; half >>= 1u) {
    if (local < half) {
      block_values[local] += block_values[local + half];
    }
    workgroupBarrier();
  }
  let sum = block_values[0];
  workgroupBarrier();
  return sum;
}
