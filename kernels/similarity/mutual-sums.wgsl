// partials[block] = Σ (s², 1, 0, 0), then per moving axis a: Σ s g_a (x, y, z, 1): g the gradient of the moving value in
// bins per moving voxel, s = Σ_m L[fixed bin, m] dβ³(x − m)/dx over the four bins around, (x, y, z) the sample in
// [−½, ½)³. forces[p] = s g per mm. Summed as in mean-squares-sums.
#import dispatch
#import moving-sample
#import block-sum

override WG_X: u32 = 256;
override HAS_GRADIENT: bool = true;
override HAS_FORCES: bool = false;

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
// log(p(f, m) / p(m)), bin_count² values, m fastest.
@group(0) @binding(6) var<storage, read> log_ratio: array<f32>;
@group(0) @binding(7) var<storage, read_write> partials: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> forces: array<f32>;

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
  return moving_bin(index) * (1.0 / 1024.0);
}

fn slope_at(f: u32, x: f32) -> f32 {
  let low = min(floor(x), f32(params.bin_count - 4u));
  let t = x - low;
  let b = f * params.bin_count + u32(low);
  let u = 1.0 - t;
  return 0.5 * (t * t * log_ratio[b + 3u] - u * u * log_ratio[b])
    + (1.5 * t - 2.0) * t * log_ratio[b + 1u] + (0.5 + t - 1.5 * t * t) * log_ratio[b + 2u];
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let block = linear_invocation(workgroup, count, 0u, 1u);
  let total = params.sample_size_ijk.x * params.sample_size_ijk.y * params.sample_size_ijk.z;
  var head = vec4<f32>(0.0);
  var row_x = vec4<f32>(0.0);
  var row_y = vec4<f32>(0.0);
  var row_z = vec4<f32>(0.0);
  for (var n = local; n < params.block_samples; n += WG_X) {
    let index = block * params.block_samples + n;
    if (index >= total) {
      break;
    }
    let s = sample_of(index);
    let p = s * params.stride_ijk;
    let fixed_index = fixed_index_of(p);
    let at = moving_position(s, fixed_index);
    var force = vec3<f32>(0.0);
    if (is_counted(p, at)) {
      let v = interpolate(cell_of(at));
      let slope = slope_at(fixed_bin(fixed_index), v.w);
      head += vec4<f32>(slope * slope, 1.0, 0.0, 0.0);
      let g = v.xyz * slope;
      let q = lattice_position(s);
      row_x += g.x * q;
      row_y += g.y * q;
      row_z += g.z * q;
      force = per_mm(g);
    }
    if (HAS_FORCES) {
      forces[3u * fixed_index] = force.x;
      forces[3u * fixed_index + 1u] = force.y;
      forces[3u * fixed_index + 2u] = force.z;
    }
  }
  // Also whole workgroups beyond the last block come here: the barriers want everybody.
  let is_writer = local == 0u && (block == 0u || block * params.block_samples < total);
  let head_sum = block_sum(head, local);
  if (is_writer) {
    partials[4u * block] = head_sum;
  }
  if (HAS_GRADIENT) {
    let sum_x = block_sum(row_x, local);
    let sum_y = block_sum(row_y, local);
    let sum_z = block_sum(row_z, local);
    if (is_writer) {
      partials[4u * block + 1u] = sum_x;
      partials[4u * block + 2u] = sum_y;
      partials[4u * block + 3u] = sum_z;
    }
  }
}
