// Noise from a counter: the same for the same voxel and seed, whatever runs first. The hash is PCG's output function as
// recommended by Jarzynski and Olano, Hash functions for GPU rendering, J. Comput. Graph. Tech. 9(3), 2020.
fn counter_hash(value: u32) -> u32 {
  let state = value * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

// Mean 0, variance 1: the sum of four uniform numbers of 16 bits (Irwin-Hall), within ±3.47; exact up to its one product.
fn counter_noise(counter: u32, seed: u32) -> f32 {
  let a = counter_hash(counter ^ counter_hash(seed));
  let b = counter_hash(a ^ 0x9e3779b9u);
  let sum = (a & 0xffffu) + (a >> 16u) + (b & 0xffffu) + (b >> 16u);
  // √3/65536: four times (65536² − 1)/12 is the variance of the sum.
  return (f32(sum) - 131070.0) * 0.000026428997;
}
