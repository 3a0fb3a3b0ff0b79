// Planes (see stencil.wgsl) of the coarse operator transpose(P)·A·P, P the weights of gap-prolong on free fine pixels
// (Galerkin): whatever the outline of the free pixels, coarse corrections are the best there are in the energy of A.
// 25 points from any A that reaches two pixels. free_coarse: does the pixel have free fine ones, and is its row not 0 but
// for rounding? One invocation makes one plane of one coarse pixel. No shared memory, no barriers.
#import dispatch
#import stencil
#import refine

override WG_X: u32 = 64;
const COARSE_PLANES: u32 = 13u;
const LEAST_SHARE: f32 = 1e-5;

struct Params {
  // Pixels of the fine and the coarse picture.
  size_px: vec2<u32>,
  coarse_px: vec2<u32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> planes: array<f32>;
@group(0) @binding(2) var<storage, read> free: array<f32>;
@group(0) @binding(3) var<storage, read_write> coarse_planes: array<f32>;
@group(0) @binding(4) var<storage, read_write> free_coarse: array<f32>;

// Weight of fine pixel p in the coarse pixel whose first child is given; 0 beside its children and where p is not free.
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
