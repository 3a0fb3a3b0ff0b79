// Needs src: array<f32> beside what stencil.wgsl needs.
#import stencil

// Of row p of the operator: its product with src, and the sum of the magnitudes of its coefficients. Written with
// differences, so that a surface far from 0 costs no digits where the coefficients of a row add up to 0.
fn stencil_row(p: vec2<i32>) -> vec2<f32> {
  let at = pixel_index(p);
  let here = src[at];
  var sum = planes[at];
  var magnitude = abs(sum);
  var product = 0.0;
  for (var n = 1u; n < PLANES; n++) {
    let ahead = p + STENCIL_OFFSETS[n];
    if (is_pixel(ahead)) {
      let a = planes[n * plane_size() + at];
      sum += a;
      magnitude += abs(a);
      product += a * (src[pixel_index(ahead)] - here);
    }
    let behind = p - STENCIL_OFFSETS[n];
    if (is_pixel(behind)) {
      let there = pixel_index(behind);
      let a = planes[n * plane_size() + there];
      sum += a;
      magnitude += abs(a);
      product += a * (src[there] - here);
    }
  }
  return vec2<f32>(product + sum * here, magnitude);
}
