// Generated from gap-coarsen.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface GapCoarsenParams {
  readonly sizePx: readonly [number, number];
  readonly coarsePx: readonly [number, number];
}

export type GapCoarsenBinding = 'planes' | 'free' | 'coarsePlanes' | 'freeCoarse';

export const gapCoarsenSource: ShaderSource<GapCoarsenParams, GapCoarsenBinding> = {
  id: 'gap-coarsen',
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
fn refine_weight(o: i32) -> f32 {
  return select(0.25, 0.75, o == 0 || o == 1);
}
fn first_parent(i: i32) -> i32 {
  return (i + 1) >> 1u;
}
fn first_child(c: i32) -> i32 {
  return 2 * c - 3;
}
override WG_X: u32 = 64;
const COARSE_PLANES: u32 = 13u;
const LEAST_SHARE: f32 = 1e-5;

struct Params {
  size_px: vec2<u32>,
  coarse_px: vec2<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> planes: array<f32>;
@group(0) @binding(2) var<storage, read> free: array<f32>;
@group(0) @binding(3) var<storage, read_write> coarse_planes: array<f32>;
@group(0) @binding(4) var<storage, read_write> free_coarse: array<f32>;
fn weight_in(p: vec2<i32>, first: vec2<i32>) -> f32 {
  let o = p - first;
  if (any(o < vec2<i32>(0)) || any(o > vec2<i32>(3)) || !is_pixel(p)) {
    return 0.0;
  }
  return refine_weight(o.x - 1) * refine_weight(o.y - 1) * free[pixel_index(p)];
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let coarse_count = params.coarse_px.x * params.coarse_px.y;
  if (index >= COARSE_PLANES * coarse_count) {
    return;
  }
  let plane = index / coarse_count;
  let at = index - plane * coarse_count;
  let c = vec2<i32>(vec2<u32>(at % params.coarse_px.x, at / params.coarse_px.x));
  let first = vec2<i32>(first_child(c.x), first_child(c.y));
  let other = first + 2 * STENCIL_OFFSETS[plane];
  var sum = 0.0;
  var largest = 0.0;
  for (var child = 0; child < 16; child++) {
    let p = first + vec2<i32>(child & 3, child >> 2u);
    let weight = weight_in(p, first);
    if (weight == 0.0) {
      continue;
    }
    let here = pixel_index(p);
    let diagonal = weight * planes[here];
    sum += diagonal * weight_in(p, other);
    largest = max(largest, weight * diagonal);
    for (var n = 1u; n < PLANES; n++) {
      let ahead = weight_in(p + STENCIL_OFFSETS[n], other);
      if (ahead > 0.0) {
        sum += weight * ahead * planes[n * plane_size() + here];
      }
      let q = p - STENCIL_OFFSETS[n];
      let behind = weight_in(q, other);
      if (behind > 0.0) {
        sum += weight * behind * planes[n * plane_size() + pixel_index(q)];
      }
    }
  }
  coarse_planes[index] = sum;
  if (plane == 0u) {
    free_coarse[at] = select(0.0, 1.0, sum > LEAST_SHARE * largest);
  }
}
`,
  paramsSizeBytes: 16,
  params: [
    { name: 'sizePx', type: 'vec2<u32>', offsetBytes: 0 },
    { name: 'coarsePx', type: 'vec2<u32>', offsetBytes: 8 },
  ],
  bindings: [
    { name: 'planes', binding: 1, access: 'read' },
    { name: 'free', binding: 2, access: 'read' },
    { name: 'coarsePlanes', binding: 3, access: 'read_write' },
    { name: 'freeCoarse', binding: 4, access: 'read_write' },
  ],
  overrides: [
    { name: 'PLANES', type: 'u32', defaultValue: 13 },
    { name: 'WG_X', type: 'u32', defaultValue: 64 },
  ],
};
