// bins[fixed bin · bin_count + m] += 2¹⁵ β³(x − m): the joint Parzen histogram, 64-bit sums as (low, high) words. x is the
// moving value in bins, by integer trilinear interpolation in 1/1024 bin, β³ the cubic B-spline from a table of
// integers. All integers: the same on every backend and in every order. A workgroup counts in its own memory first.
#import dispatch
#import moving-sample

override WG_X: u32 = 256;
const MAX_BINS: u32 = 1024u;

struct Params {
  // Voxels.
  fixed_size_ijk: vec3<u32>,
  // Fixed voxels between samples.
  stride_ijk: vec3<u32>,
  // Samples.
  sample_size_ijk: vec3<u32>,
  // Voxels.
  moving_size_ijk: vec3<u32>,
  // Moving voxels in fixed point: of sample (0, 0, 0), and what each sample step adds.
  origin: vec3<i32>,
  step_i: vec3<i32>,
  step_j: vec3<i32>,
  step_k: vec3<i32>,
  // Moving voxels in fixed point per mm along L, P, S.
  per_mm_x: vec3<f32>,
  per_mm_y: vec3<f32>,
  per_mm_z: vec3<f32>,
  // Samples a workgroup sums.
  block_samples: u32,
  // Real values.
  fixed_low: f32,
  moving_low: f32,
  // Bins per real unit.
  fixed_scale: f32,
  // Moving bins / 1024 per real unit.
  moving_scale: f32,
  bin_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Real values.
@group(0) @binding(1) var<storage, read> fixed_image: array<f32>;
@group(0) @binding(2) var<storage, read> moving_image: array<f32>;
// mm, LPS.
@group(0) @binding(3) var<storage, read> displacement: array<f32>;
@group(0) @binding(4) var<storage, read> fixed_mask: array<u32>;
@group(0) @binding(5) var<storage, read> moving_mask: array<u32>;
// Window of the four bins around, per 1/1024 bin: two 16-bit integers a word.
@group(0) @binding(6) var<storage, read> window: array<vec2<u32>>;
@group(0) @binding(7) var<storage, read_write> bins: array<atomic<u32>>;

var<workgroup> group_bins: array<atomic<u32>, MAX_BINS>;

// Bins / 1024 above the first bin that has a whole window: one subtraction, one product, nothing to contract.
fn moving_bin(index: u32) -> f32 {
  let most = f32((params.bin_count - 3u) * 1024u - 1u);
  return clamp((moving_image[index] - params.moving_low) * params.moving_scale, 0.0, most);
}

fn fixed_bin(fixed_index: u32) -> u32 {
  let x = (fixed_image[fixed_index] - params.fixed_low) * params.fixed_scale;
  return u32(clamp(x, 0.0, f32(params.bin_count - 1u)));
}

fn moving_at(index: u32) -> f32 {
  return trunc(moving_bin(index));
}

fn between(a: i32, b: i32, t: i32) -> i32 {
  return a + (((b - a) * t + 8192) >> 14u);
}

// Integer form of `interpolate`: positions in 2⁻¹⁴ of a cell.
fn moving_fine_bin(cell: Cell) -> u32 {
  let t = vec3<i32>(cell.t * 16384.0);
  let near = cell.first;
  let far = near + cell.step.z;
  let v00 = between(i32(moving_at(near)), i32(moving_at(near + cell.step.x)), t.x);
  let near_y = near + cell.step.y;
  let v10 = between(i32(moving_at(near_y)), i32(moving_at(near_y + cell.step.x)), t.x);
  let v01 = between(i32(moving_at(far)), i32(moving_at(far + cell.step.x)), t.x);
  let far_y = far + cell.step.y;
  let v11 = between(i32(moving_at(far_y)), i32(moving_at(far_y + cell.step.x)), t.x);
  return u32(between(between(v00, v10, t.y), between(v01, v11, t.y), t.z));
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let block = linear_invocation(workgroup, count, 0u, 1u);
  let total = params.sample_size_ijk.x * params.sample_size_ijk.y * params.sample_size_ijk.z;
  for (var n = local; n < params.block_samples; n += WG_X) {
    let index = block * params.block_samples + n;
    if (index >= total) {
      break;
    }
    let s = sample_of(index);
    let p = s * params.stride_ijk;
    let fixed_index = fixed_index_of(p);
    let at = moving_position(s, fixed_index);
    if (is_counted(p, at)) {
      let fine = moving_fine_bin(cell_of(at));
      let w = window[fine & 1023u];
      // The first of the four bins.
      let b = fixed_bin(fixed_index) * params.bin_count + (fine >> 10u);
      atomicAdd(&group_bins[b], w.x & 0xffffu);
      atomicAdd(&group_bins[b + 1u], w.x >> 16u);
      atomicAdd(&group_bins[b + 2u], w.y & 0xffffu);
      atomicAdd(&group_bins[b + 3u], w.y >> 16u);
    }
  }
  workgroupBarrier();
  for (var b = local; b < params.bin_count * params.bin_count; b += WG_X) {
    let n = atomicLoad(&group_bins[b]);
    if (n > 0u) {
      let before = atomicAdd(&bins[2u * b], n);
      if (before > 0xffffffffu - n) {
        atomicAdd(&bins[2u * b + 1u], 1u);
      }
    }
  }
}
