// Grey pictures of every camera under every light from the normals of a G-buffer: Lambert max(0, n·l), or half-Lambert
// ((1 + n·l)/2)², mixed with ambient light; background where there is no normal. 8 bit, four pixels to a word; pictures
// start at whole words, light after light of one camera, camera after camera.
// One invocation makes four pixels in a row under all lights, so that the G-buffer is read once. No shared memory.
// Normals and lights are rounded to 2⁻¹⁴ first; from there on there are only integers, the same on every backend.
#import dispatch

override WG_X: u32 = 64;
override IS_HALF_LAMBERT: bool = false;

struct Params {
  camera_count: u32,
  light_count: u32,
  // Words of one picture of each camera, together.
  word_count: u32,
  // Share, units of 2⁻¹⁵.
  ambient: u32,
  // Grey.
  background: u32,
}

struct Extent {
  first_pixel: u32,
  pixel_count: u32,
  // Where its words would start if there were one light.
  first_word: u32,
  word_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Normal x, y, z, depth.
@group(0) @binding(1) var<storage, read> g_buffer: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> extents: array<Extent>;
// Unit vectors to the lights, units of 2⁻¹⁴: those of the first camera, of the second …
@group(0) @binding(3) var<storage, read> lights: array<vec4<i32>>;
@group(0) @binding(4) var<storage, read_write> pictures: array<u32>;

fn quantized_normal(pixel: u32) -> vec3<i32> {
  return vec3<i32>(floor(g_buffer[pixel].xyz * 16384.0 + 0.5));
}

fn grey(normal: vec3<i32>, light: vec3<i32>) -> u32 {
  if (all(normal == vec3<i32>(0))) {
    return params.background;
  }
  let product = normal * light;
  // Units of 2⁻¹⁵.
  let cosine = clamp((product.x + product.y + product.z) >> 13u, -32768, 32767);
  var lit = u32(max(cosine, 0));
  if (IS_HALF_LAMBERT) {
    let twice = u32(cosine + 32768);
    lit = (twice * twice) >> 17u;
  }
  // Units of 2⁻³⁰, then of 2⁻²³ so that 255 times as many fit.
  let light_share = (params.ambient << 15u) + (32768u - params.ambient) * lit;
  return ((light_share >> 7u) * 255u + 0x400000u) >> 23u;
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  if (index >= params.word_count) {
    return;
  }
  var camera = 0u;
  while (camera + 1u < params.camera_count && index >= extents[camera + 1u].first_word) {
    camera++;
  }
  let extent = extents[camera];
  let word = index - extent.first_word;
  let n = min(extent.pixel_count - 4u * word, 4u);
  let first = extent.first_pixel + 4u * word;
  var normals: array<vec3<i32>, 4>;
  for (var p = 0u; p < n; p++) {
    normals[p] = quantized_normal(first + p);
  }
  let to = extent.first_word * params.light_count + word;
  for (var l = 0u; l < params.light_count; l++) {
    let light = lights[camera * params.light_count + l].xyz;
    var packed = 0u;
    for (var p = 0u; p < n; p++) {
      packed |= grey(normals[p], light) << (8u * p);
    }
    pictures[to + l * extent.word_count] = packed;
  }
}
