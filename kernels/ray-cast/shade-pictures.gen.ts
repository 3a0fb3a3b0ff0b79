// Generated from shade-pictures.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface ShadePicturesParams {
  readonly cameraCount: number;
  readonly lightCount: number;
  readonly wordCount: number;
  readonly ambient: number;
  readonly background: number;
}

export type ShadePicturesBinding = 'gBuffer' | 'extents' | 'lights' | 'pictures';

export const shadePicturesSource: ShaderSource<ShadePicturesParams, ShadePicturesBinding> = {
  id: 'shade-pictures',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;
override IS_HALF_LAMBERT: bool = false;

struct Params {
  camera_count: u32,
  light_count: u32,
  word_count: u32,
  ambient: u32,
  background: u32,
}

struct Extent {
  first_pixel: u32,
  pixel_count: u32,
  first_word: u32,
  word_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> g_buffer: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> extents: array<Extent>;
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
  let cosine = clamp((product.x + product.y + product.z) >> 13u, -32768, 32767);
  var lit = u32(max(cosine, 0));
  if (IS_HALF_LAMBERT) {
    let twice = u32(cosine + 32768);
    lit = (twice * twice) >> 17u;
  }
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
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'cameraCount', type: 'u32', offsetBytes: 0 },
    { name: 'lightCount', type: 'u32', offsetBytes: 4 },
    { name: 'wordCount', type: 'u32', offsetBytes: 8 },
    { name: 'ambient', type: 'u32', offsetBytes: 12 },
    { name: 'background', type: 'u32', offsetBytes: 16 },
  ],
  bindings: [
    { name: 'gBuffer', binding: 1, access: 'read' },
    { name: 'extents', binding: 2, access: 'read' },
    { name: 'lights', binding: 3, access: 'read' },
    { name: 'pictures', binding: 4, access: 'read_write' },
  ],
  overrides: [
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'IS_HALF_LAMBERT', type: 'bool', defaultValue: 0 },
  ],
};
