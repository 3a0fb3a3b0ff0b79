// Generated from gap-stencil.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface GapStencilParams {
  readonly sizePx: readonly [number, number];
  readonly wordsPerRow: number;
  readonly pull: number;
}

export type GapStencilBinding = 'gap' | 'valid' | 'goal' | 'planes' | 'free' | 'load';

export const gapStencilSource: ShaderSource<GapStencilParams, GapStencilBinding> = {
  id: 'gap-stencil',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override PLANES: u32 = 13u;

const STENCIL_OFFSETS = array<vec2<i32>, 13>(
  vec2<i32>(0, 0), vec2<i32>(1, 0), vec2<i32>(0, 1), vec2<i32>(2, 0), vec2<i32>(0, 2), vec2<i32>(1, 1), vec2<i32>(-1, 1),
  vec2<i32>(2, 1), vec2<i32>(-2, 1), vec2<i32>(1, 2), vec2<i32>(-1, 2), vec2<i32>(2, 2), vec2<i32>(-2, 2),
);

fn is_pixel(p: vec2<i32>) -> bool {
  return all(p >= vec2<i32>(0)) && all(p < vec2<i32>(params.size_px));
}

fn pixel_index(p: vec2<i32>) -> u32 {
  return u32(p.y) * params.size_px.x + u32(p.x);
}

fn plane_size() -> u32 {
  return params.size_px.x * params.size_px.y;
}
override WG_X: u32 = 64;
override IS_PLATE: bool = false;

struct Params {
  size_px: vec2<u32>,
  words_per_row: u32,
  pull: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gap: array<u32>;
@group(0) @binding(2) var<storage, read> valid: array<u32>;
@group(0) @binding(3) var<storage, read> goal: array<f32>;
@group(0) @binding(4) var<storage, read_write> planes: array<f32>;
@group(0) @binding(5) var<storage, read_write> free: array<f32>;
@group(0) @binding(6) var<storage, read_write> load: array<f32>;

fn word_of(p: vec2<i32>) -> u32 {
  return u32(p.y) * params.words_per_row + (u32(p.x) >> 5u);
}

fn bit_of(word: u32, p: vec2<i32>) -> bool {
  return ((word >> (u32(p.x) & 31u)) & 1u) == 1u;
}

fn is_there(p: vec2<i32>) -> bool {
  return is_pixel(p) && bit_of(gap[word_of(p)] | valid[word_of(p)], p);
}
fn have(p: vec2<i32>, a: vec2<i32>, b: vec2<i32>) -> f32 {
  return select(0.0, 1.0, is_there(p) && is_there(p + a) && is_there(p + b));
}

fn have_square(p: vec2<i32>) -> f32 {
  return have(p, vec2<i32>(1, 0), vec2<i32>(0, 1)) * select(0.0, 1.0, is_there(p + vec2<i32>(1, 1)));
}

fn membrane(p: vec2<i32>, at: u32) -> f32 {
  let zero = vec2<i32>(0, 0);
  let right = have(p, vec2<i32>(1, 0), zero);
  let below = have(p, vec2<i32>(0, 1), zero);
  planes[plane_size() + at] = -right;
  planes[2u * plane_size() + at] = -below;
  return right + below + have(p, vec2<i32>(-1, 0), zero) + have(p, vec2<i32>(0, -1), zero);
}

fn plate(p: vec2<i32>, at: u32) -> f32 {
  let u = vec2<i32>(1, 0);
  let v = vec2<i32>(0, 1);
  let u_here = have(p, -u, u);
  let u_after = have(p + u, -u, u);
  let v_here = have(p, -v, v);
  let v_after = have(p + v, -v, v);
  let square = have_square(p);
  let square_left = have_square(p - u);
  let square_above = have_square(p - v);
  let n = plane_size();
  planes[n + at] = -2.0 * (u_here + u_after + square + square_above);
  planes[2u * n + at] = -2.0 * (v_here + v_after + square + square_left);
  planes[3u * n + at] = u_after;
  planes[4u * n + at] = v_after;
  planes[5u * n + at] = 2.0 * square;
  planes[6u * n + at] = 2.0 * square_left;
  let ends = u_after + v_after + have(p - u, -u, u) + have(p - v, -v, v);
  return 4.0 * (u_here + v_here) + ends + 2.0 * (square + square_left + square_above + have_square(p - u - v));
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = linear_invocation(workgroup, count, local, WG_X);
  if (at >= plane_size()) {
    return;
  }
  let v = at / params.size_px.x;
  let p = vec2<i32>(vec2<u32>(at - v * params.size_px.x, v));
  var diagonal = 0.0;
  if (IS_PLATE) {
    diagonal = plate(p, at);
  } else {
    diagonal = membrane(p, at);
  }
  diagonal += select(0.0, params.pull, is_there(p));
  planes[at] = diagonal;
  if (params.pull > 0.0) {
    load[at] = params.pull * goal[at];
  } else {
    load[at] = 0.0;
  }
  free[at] = select(0.0, 1.0, bit_of(gap[word_of(p)], p) && diagonal > 0.0);
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'sizePx', type: 'vec2<u32>', offsetBytes: 0 },
    { name: 'wordsPerRow', type: 'u32', offsetBytes: 8 },
    { name: 'pull', type: 'f32', offsetBytes: 12 },
  ],
  bindings: [
    { name: 'gap', binding: 1, access: 'read' },
    { name: 'valid', binding: 2, access: 'read' },
    { name: 'goal', binding: 3, access: 'read' },
    { name: 'planes', binding: 4, access: 'read_write' },
    { name: 'free', binding: 5, access: 'read_write' },
    { name: 'load', binding: 6, access: 'read_write' },
  ],
  overrides: [
    { name: 'PLANES', type: 'u32', defaultValue: 13 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
    { name: 'IS_PLATE', type: 'bool', defaultValue: 0 },
  ],
};
