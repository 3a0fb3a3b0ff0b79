// Generated from first-hit.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface FirstHitParams {
  readonly sizeIjk: readonly [number, number, number];
  readonly cameraCount: number;
  readonly bricksIjk: readonly [number, number, number];
  readonly tileCount: number;
  readonly gradientL: readonly [number, number, number];
  readonly threshold: number;
  readonly gradientP: readonly [number, number, number];
  readonly normalRadius: number;
  readonly gradientS: readonly [number, number, number];
  readonly noBits: number;
  readonly clipCount: number;
}

export type FirstHitBinding = 'volume0' | 'volume1' | 'volume2' | 'volume3' | 'reach' | 'cameras' | 'clips' | 'dst';

export const firstHitSource: ShaderSource<FirstHitParams, FirstHitBinding> = {
  id: 'first-hit',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
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
fn outward_unit(v: vec3<f32>, otherwise: vec3<f32>) -> vec3<f32> {
  let largest = max(abs(v.x), max(abs(v.y), abs(v.z)));
  if (largest < 0x1p-60) {
    return otherwise;
  }
  let to_one = bitcast<f32>(0x7f000000u - (bitcast<u32>(largest) & 0x7f800000u));
  let scaled = vec3<f32>(-vec3<i32>(v * to_one * 0x1p22)) * 0x1p-22;
  return rounded(scaled * rounded_inverse_sqrt(rounded_dot(scaled, scaled)));
}
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
override VOXEL_FORMAT: u32 = 4u;
override CHUNK_WORDS: u32 = 0xffffffffu;
override CHUNK_COUNT: u32 = 1u;

fn load_volume_word(word: u32) -> u32 {
  if (CHUNK_COUNT == 1u) {
    return volume_0[word];
  }
  let chunk = word / CHUNK_WORDS;
  let offset = word - chunk * CHUNK_WORDS;
  switch chunk {
    case 0u: { return volume_0[offset]; }
    case 1u: { return volume_1[offset]; }
    case 2u: { return volume_2[offset]; }
    default: { return volume_3[offset]; }
  }
}
fn load_stored(index: u32) -> f32 {
  if (VOXEL_FORMAT == 4u) {
    return bitcast<f32>(load_volume_word(index));
  }
  if (VOXEL_FORMAT >= 2u) {
    let half = (load_volume_word(index >> 1u) >> ((index & 1u) * 16u)) & 0xffffu;
    if (VOXEL_FORMAT == 2u) {
      return f32(half);
    }
    return f32(extractBits(i32(half), 0u, 16u));
  }
  let byte = (load_volume_word(index >> 2u) >> ((index & 3u) * 8u)) & 0xffu;
  if (VOXEL_FORMAT == 0u) {
    return f32(byte);
  }
  return f32(extractBits(i32(byte), 0u, 8u));
}
fn between(a: f32, b: f32, w: f32) -> f32 {
  return rounded_scalar(a + rounded_scalar((b - a) * w));
}
fn field(p: vec3<f32>) -> f32 {
  let size = params.size_ijk;
  let inner = clamp(p, vec3<f32>(0.0), vec3<f32>(size - 1u));
  let low = min(vec3<u32>(inner), max(size, vec3<u32>(2u)) - 2u);
  let high = min(low + 1u, size - 1u);
  let w = inner - vec3<f32>(low);
  let y0z0 = (low.z * size.y + low.y) * size.x;
  let y1z0 = (low.z * size.y + high.y) * size.x;
  let y0z1 = (high.z * size.y + low.y) * size.x;
  let y1z1 = (high.z * size.y + high.y) * size.x;
  let c00 = between(load_stored(y0z0 + low.x), load_stored(y0z0 + high.x), w.x);
  let c10 = between(load_stored(y1z0 + low.x), load_stored(y1z0 + high.x), w.x);
  let c01 = between(load_stored(y0z1 + low.x), load_stored(y0z1 + high.x), w.x);
  let c11 = between(load_stored(y1z1 + low.x), load_stored(y1z1 + high.x), w.x);
  return between(between(c00, c10, w.y), between(c01, c11, w.y), w.z);
}
fn below_extent(p: vec3<f32>) -> vec3<bool> {
  return p < vec3<f32>(-0.5);
}

fn above_extent(p: vec3<f32>) -> vec3<bool> {
  return p > vec3<f32>(params.size_ijk) - 0.5;
}

fn is_outside_extent(p: vec3<f32>) -> bool {
  return any(below_extent(p)) || any(above_extent(p));
}
fn samples_to_skip(p: vec3<f32>, per_step: vec3<f32>) -> u32 {
  let last_cell = vec3<i32>(max(params.size_ijk, vec3<u32>(2u))) - 2;
  let brick = clamp(vec3<i32>(floor(p)), vec3<i32>(0), last_cell) >> vec3<u32>(3u);
  let at = vec3<u32>(brick);
  let around = i32(reach[(at.z * params.bricks_ijk.y + at.y) * params.bricks_ijk.x + at.x]);
  if (around == 0) {
    return 0u;
  }
  let low = vec3<f32>((brick - around + 1) * 8) + 0.015625;
  let high = vec3<f32>((brick + around) * 8) - 0.015625;
  let exit = (select(low, high, per_step > vec3<f32>(0.0)) - p) * per_step;
  return u32(clamp(min(exit.x, min(exit.y, exit.z)), 0.0, 1000.0)) + 1u;
}
struct Camera {
  origin: vec3<f32>,
  width: u32,
  origin_x: vec3<f32>,
  height: u32,
  origin_y: vec3<f32>,
  first_tile: u32,
  step: vec3<f32>,
  first_pixel: u32,
  step_x: vec3<f32>,
  start_steps: f32,
  step_y: vec3<f32>,
  step_count: u32,
  step_lps: vec3<f32>,
  step_lps_x: vec3<f32>,
  step_lps_y: vec3<f32>,
}

fn linear_in_pixel(base: vec3<f32>, per_x: vec3<f32>, per_y: vec3<f32>, pixel: vec2<f32>) -> vec3<f32> {
  return rounded(rounded(base + rounded(per_x * pixel.x)) + rounded(per_y * pixel.y));
}
const CLIP_PLANE: u32 = 0u;
const CLIP_SPHERE: u32 = 1u;
struct Clip {
  origin: vec3<f32>,
  kind: u32,
  column_i: vec3<f32>,
  margin: f32,
  column_j: vec3<f32>,
  keeps_inside: u32,
  column_k: vec3<f32>,
  normal_x: vec3<f32>,
  normal_y: vec3<f32>,
  normal_z: vec3<f32>,
}

fn clip_vector(c: u32, v: vec3<f32>) -> vec3<f32> {
  let ij = rounded(rounded(clips[c].column_i * v.x) + rounded(clips[c].column_j * v.y));
  return rounded(ij + rounded(clips[c].column_k * v.z));
}

fn is_clipped_by(c: u32, q: vec3<f32>) -> bool {
  let kind = clips[c].kind;
  var is_inside = max(abs(q.x), max(abs(q.y), abs(q.z))) <= 1.0;
  if (kind == CLIP_PLANE) {
    is_inside = q.x <= 0.0;
  } else if (kind == CLIP_SPHERE) {
    is_inside = rounded_dot(q, q) <= 1.0;
  }
  return is_inside != (clips[c].keeps_inside == 1u);
}
fn clip_at(p: vec3<f32>) -> u32 {
  var c = 0u;
  while (c < params.clip_count && !is_clipped_by(c, clip_vector(c, p - clips[c].origin))) {
    c++;
  }
  return c;
}
fn steps_clipped(c: u32, p: vec3<f32>, step: vec3<f32>) -> u32 {
  let keeps_inside = clips[c].keeps_inside == 1u;
  let q = clip_vector(c, p - clips[c].origin);
  let d = clip_vector(c, step);
  let margin = select(-clips[c].margin, clips[c].margin, keeps_inside);
  let radius = max(1.0 + margin, 0.0);
  var enter = -1e9;
  var leave = 1e9;
  if (clips[c].kind == CLIP_PLANE) {
    let per_step = 1.0 / select(d.x, 1e-12, abs(d.x) < 1e-12);
    let at = (margin - q.x) * per_step;
    enter = select(at, enter, per_step > 0.0);
    leave = select(leave, at, per_step > 0.0);
  } else if (clips[c].kind == CLIP_SPHERE) {
    let inverse = 1.0 / max(dot(d, d), 1e-24);
    let middle = -dot(q, d) * inverse;
    let nearest = q + d * middle;
    let half = sqrt(max(radius * radius - dot(nearest, nearest), 0.0) * inverse);
    let is_missed = dot(nearest, nearest) > radius * radius;
    enter = select(middle - half, 1e9, is_missed);
    leave = select(middle + half, -1e9, is_missed);
  } else {
    let per_step = 1.0 / select(d, vec3<f32>(1e-12), abs(d) < vec3<f32>(1e-12));
    let a = (-radius - q) * per_step;
    let b = (radius - q) * per_step;
    let low = min(a, b);
    let high = max(a, b);
    enter = max(low.x, max(low.y, low.z));
    leave = min(high.x, min(high.y, high.z));
  }
  let to_inside = select(enter, 1e9, enter > leave || leave < 0.0);
  let to_outside = select(0.0, leave, enter < 0.0 && leave > 0.0);
  return u32(clamp(floor(select(to_outside, to_inside, keeps_inside)), 1.0, 1e6));
}
fn clip_inward(c: u32, p: vec3<f32>) -> vec3<f32> {
  let q = clip_vector(c, p - clips[c].origin);
  var outward = q;
  if (clips[c].kind == CLIP_PLANE) {
    outward = vec3<f32>(1.0, 0.0, 0.0);
  } else if (clips[c].kind != CLIP_SPHERE) {
    let size = abs(q);
    if (size.x >= size.y && size.x >= size.z) {
      outward = vec3<f32>(select(-1.0, 1.0, q.x > 0.0), 0.0, 0.0);
    } else if (size.y >= size.z) {
      outward = vec3<f32>(0.0, select(-1.0, 1.0, q.y > 0.0), 0.0);
    } else {
      outward = vec3<f32>(0.0, 0.0, select(-1.0, 1.0, q.z > 0.0));
    }
  }
  let xy = rounded(rounded(clips[c].normal_x * outward.x) + rounded(clips[c].normal_y * outward.y));
  let outward_lps = rounded(xy + rounded(clips[c].normal_z * outward.z));
  return select(outward_lps, -outward_lps, clips[c].keeps_inside == 1u);
}
fn reaches(p: vec3<f32>) -> bool {
  return !is_outside_extent(p) && field(p) >= params.threshold;
}

fn is_solid(p: vec3<f32>) -> bool {
  return reaches(p) && (!IS_CLIPPED || clip_at(p) == params.clip_count);
}
fn inward_lps(p: vec3<f32>, p_before: vec3<f32>) -> vec3<f32> {
  var inward = vec3<f32>(below_extent(p_before)) - vec3<f32>(above_extent(p_before));
  if (all(inward == vec3<f32>(0.0))) {
    if (IS_CLIPPED) {
      let clip = clip_at(p_before);
      if (clip < params.clip_count) {
        return clip_inward(clip, select(p, p_before, clips[clip].keeps_inside == 1u));
      }
    }
    let x = vec3<f32>(params.normal_radius, 0.0, 0.0);
    inward = vec3<f32>(
      field(p + x) - field(p - x),
      field(p + x.yxz) - field(p - x.yxz),
      field(p + x.zyx) - field(p - x.zyx),
    );
  }
  return vec3<f32>(
    rounded_dot(params.gradient_l, inward),
    rounded_dot(params.gradient_p, inward),
    rounded_dot(params.gradient_s, inward),
  );
}
override WG_X: u32 = 64;
override IS_SKIPPING: bool = true;
override IS_CLIPPED: bool = false;

struct Params {
  size_ijk: vec3<u32>,
  camera_count: u32,
  bricks_ijk: vec3<u32>,
  tile_count: u32,
  gradient_l: vec3<f32>,
  threshold: f32,
  gradient_p: vec3<f32>,
  normal_radius: f32,
  gradient_s: vec3<f32>,
  no_bits: u32,
  clip_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
@group(0) @binding(5) var<storage, read> reach: array<u32>;
@group(0) @binding(6) var<storage, read> cameras: array<Camera>;
@group(0) @binding(7) var<storage, read> clips: array<Clip>;
@group(0) @binding(8) var<storage, read_write> dst: array<vec4<f32>>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let tile = index >> 6u;
  if (tile >= params.tile_count) {
    return;
  }
  var c = 0u;
  while (c + 1u < params.camera_count && tile >= cameras[c + 1u].first_tile) {
    c++;
  }
  let camera = cameras[c];
  let tiles_per_row = (camera.width + 7u) / 8u;
  let tile_y = (tile - camera.first_tile) / tiles_per_row;
  let x = (tile - camera.first_tile - tile_y * tiles_per_row) * 8u + (index & 7u);
  let y = tile_y * 8u + ((index >> 3u) & 7u);
  if (x >= camera.width || y >= camera.height) {
    return;
  }
  let pixel = vec2<f32>(vec2<u32>(x, y));
  let to = camera.first_pixel + y * camera.width + x;
  let origin = linear_in_pixel(camera.origin, camera.origin_x, camera.origin_y, pixel);
  let step = linear_in_pixel(camera.step, camera.step_x, camera.step_y, pixel);
  let per_step = 1.0 / select(step, vec3<f32>(1e-12), abs(step) < vec3<f32>(1e-12));
  let to_low = (vec3<f32>(-0.515625) - origin) * per_step;
  let to_high = (vec3<f32>(params.size_ijk) - 0.484375 - origin) * per_step;
  let enter = min(to_low, to_high);
  let leave = max(to_low, to_high);
  let n_end = u32(clamp(min(leave.x, min(leave.y, leave.z)) + 2.0, 0.0, f32(camera.step_count)));
  var n = u32(clamp(max(enter.x, max(enter.y, enter.z)) - 1.0, 0.0, f32(camera.step_count)));
  loop {
    if (n >= n_end) {
      dst[to] = vec4<f32>();
      return;
    }
    let p = rounded(origin + rounded(step * f32(n)));
    var skipped = 0u;
    if (IS_SKIPPING) {
      skipped = samples_to_skip(p, per_step);
    }
    if (skipped == 0u && reaches(p)) {
      if (!IS_CLIPPED) {
        break;
      }
      let clip = clip_at(p);
      if (clip == params.clip_count) {
        break;
      }
      skipped = steps_clipped(clip, p, step);
    }
    n += max(skipped, 1u);
  }

  let step_lps = linear_in_pixel(camera.step_lps, camera.step_lps_x, camera.step_lps_y, pixel);
  let squared_mm = rounded_dot(step_lps, step_lps);
  let per_mm = rounded_inverse_sqrt(squared_mm);
  let step_mm = rounded_scalar(squared_mm * per_mm);
  let towards_eye = rounded(step_lps * -per_mm);
  if (n == 0u) {
    dst[to] = vec4<f32>(towards_eye, rounded_scalar(camera.start_steps * step_mm));
    return;
  }
  var before = f32(n) - 1.0;
  var after = f32(n);
  for (var halving = 0u; halving < 6u; halving++) {
    let middle = (before + after) * 0.5;
    if (is_solid(rounded(origin + rounded(step * middle)))) {
      after = middle;
    } else {
      before = middle;
    }
  }
  let p_before = rounded(origin + rounded(step * before));
  var part = 1.0;
  if (!is_outside_extent(p_before) && (!IS_CLIPPED || clip_at(p_before) == params.clip_count)) {
    let value = field(p_before);
    part = quotient(params.threshold - value, field(rounded(origin + rounded(step * after))) - value);
  }
  let steps = rounded_scalar(before + part * 0.015625);
  let inward = inward_lps(rounded(origin + rounded(step * steps)), p_before);
  let normal = outward_unit(inward, towards_eye);
  dst[to] = vec4<f32>(normal, rounded_scalar(rounded_scalar(camera.start_steps + steps) * step_mm));
}
`,
  paramsSizeBytes: 96,
  params: [
    { name: 'sizeIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'cameraCount', type: 'u32', offsetBytes: 12 },
    { name: 'bricksIjk', type: 'vec3<u32>', offsetBytes: 16 },
    { name: 'tileCount', type: 'u32', offsetBytes: 28 },
    { name: 'gradientL', type: 'vec3<f32>', offsetBytes: 32 },
    { name: 'threshold', type: 'f32', offsetBytes: 44 },
    { name: 'gradientP', type: 'vec3<f32>', offsetBytes: 48 },
    { name: 'normalRadius', type: 'f32', offsetBytes: 60 },
    { name: 'gradientS', type: 'vec3<f32>', offsetBytes: 64 },
    { name: 'noBits', type: 'u32', offsetBytes: 76 },
    { name: 'clipCount', type: 'u32', offsetBytes: 80 },
  ],
  bindings: [
    { name: 'volume0', binding: 1, access: 'read' },
    { name: 'volume1', binding: 2, access: 'read' },
    { name: 'volume2', binding: 3, access: 'read' },
    { name: 'volume3', binding: 4, access: 'read' },
    { name: 'reach', binding: 5, access: 'read' },
    { name: 'cameras', binding: 6, access: 'read' },
    { name: 'clips', binding: 7, access: 'read' },
    { name: 'dst', binding: 8, access: 'read_write' },
  ],
  overrides: [
    { name: 'VOXEL_FORMAT', type: 'u32', defaultValue: 4 },
    { name: 'CHUNK_WORDS', type: 'u32', defaultValue: 4294967295 },
    { name: 'CHUNK_COUNT', type: 'u32', defaultValue: 1 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'IS_SKIPPING', type: 'bool', defaultValue: 1 },
    { name: 'IS_CLIPPED', type: 'bool', defaultValue: 0 },
  ],
};
