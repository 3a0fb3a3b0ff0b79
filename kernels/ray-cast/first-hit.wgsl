// First point along each pixel's ray where the trilinearly interpolated field reaches the threshold; normal (LPS) and
// depth (mm), all zero for a miss. The ray is sampled at origin + n·step, at most half a voxel apart; the last step is
// halved six times and the chord of what is left divided to ten bits. There is nothing outside the voxels' extent, nor
// where clip shapes take it away.
// One invocation makes one pixel, 64 in a row one tile of 8 × 8. No shared memory, no barriers.
// Every operation that shows in the result is +, − or × of two f32, rounded once (see `rounded`): the twin does the same.
#import dispatch
#import rounded
#import volume
#import stored-field
#import brick-skip
#import ray-camera
#import ray-clip
#import ray-surface

override WG_X: u32 = 64;
override IS_SKIPPING: bool = true;
override IS_CLIPPED: bool = false;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  camera_count: u32,
  // Bricks of 8³ cells.
  bricks_ijk: vec3<u32>,
  tile_count: u32,
  // Index-space gradient to LPS direction: rows of the inverse transpose of the affine, up to scale.
  gradient_l: vec3<f32>,
  // Stored value.
  threshold: f32,
  gradient_p: vec3<f32>,
  // Half the width of the central differences, voxels.
  normal_radius: f32,
  gradient_s: vec3<f32>,
  // Always 0.
  no_bits: u32,
  clip_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> volume_0: array<u32>;
@group(0) @binding(2) var<storage, read> volume_1: array<u32>;
@group(0) @binding(3) var<storage, read> volume_2: array<u32>;
@group(0) @binding(4) var<storage, read> volume_3: array<u32>;
// Bricks to the nearest one that may reach the threshold; 0 is that one.
@group(0) @binding(5) var<storage, read> reach: array<u32>;
@group(0) @binding(6) var<storage, read> cameras: array<Camera>;
@group(0) @binding(7) var<storage, read> clips: array<Clip>;
// Normal x, y, z, depth.
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

  // Samples that may lie in the voxels' extent; which do is decided at each one.
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
    // The eye is in solid.
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
