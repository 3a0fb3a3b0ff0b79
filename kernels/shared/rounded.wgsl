// Arithmetic that is the same f32 on every backend. WGSL lets a compiler fuse a product into a sum, which then rounds
// once instead of twice; `params.no_bits` of the importing shader, which only the host knows to be 0, stands between
// them, so that both results must exist as f32. Sums and products are rounded correctly everywhere; division, sqrt and
// inverseSqrt are not, and are not used.
fn rounded(v: vec3<f32>) -> vec3<f32> {
  return bitcast<vec3<f32>>(bitcast<vec3<u32>>(v) | vec3<u32>(params.no_bits));
}

fn rounded_scalar(v: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(v) | params.no_bits);
}

fn rounded_dot(a: vec3<f32>, b: vec3<f32>) -> f32 {
  let product = rounded(a * b);
  return rounded_scalar(rounded_scalar(product.x + product.y) + product.z);
}

// 1/√v for a normal v > 0 to 3 ulp: v is brought between 1 and 4 by a power of four; a line within 9 % of the root and
// three of Newton's steps follow.
fn rounded_inverse_sqrt(v: f32) -> f32 {
  let halves = (i32(bitcast<u32>(v) >> 23u) - 127) >> 1u;
  let to_one = bitcast<f32>(u32(127 - halves) << 23u);
  let half = 0.5 * v * to_one * to_one;
  var y = rounded_scalar(1.06640625 - rounded_scalar(0.3046875 * half));
  for (var n = 0u; n < 3u; n++) {
    let square = rounded_scalar(y * y);
    y = rounded_scalar(y * rounded_scalar(1.5 - rounded_scalar(half * square)));
  }
  return y * to_one;
}

// Unit vector against `v`; `otherwise` where v is too short for its parts to be told from underflow. The largest part
// is brought between 1 and 2 by a power of two and all are cut to multiples of 2⁻²².
fn outward_unit(v: vec3<f32>, otherwise: vec3<f32>) -> vec3<f32> {
  let largest = max(abs(v.x), max(abs(v.y), abs(v.z)));
  if (largest < 0x1p-60) {
    return otherwise;
  }
  let to_one = bitcast<f32>(0x7f000000u - (bitcast<u32>(largest) & 0x7f800000u));
  let scaled = vec3<f32>(-vec3<i32>(v * to_one * 0x1p22)) * 0x1p-22;
  return rounded(scaled * rounded_inverse_sqrt(rounded_dot(scaled, scaled)));
}

// num / den for 0 ≤ num ≤ den, to ten bits below; each operation is exact.
fn quotient(num: f32, den: f32) -> f32 {
  var rest = num;
  var bits = 0.0;
  for (var bit = 0.5; bit > 0.0005; bit *= 0.5) {
    rest += rest;
    if (rest >= den) {
      rest -= den;
      bits += bit;
    }
  }
  return bits;
}
