// partials[block] = (0, count, 0, 0), then per moving axis a: Σ s g_a (x, y, z, 1): g the gradient of the scaled moving
// value per moving voxel, s = f Σα − m Σβ + Σγ from the window sums of correlation-slopes, (x, y, z) the sample in
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
  // Fixed voxels between samples: 1.
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
  // Real values that become 0.
  fixed_middle: f32,
  moving_middle: f32,
  // Per real unit.
  fixed_scale: f32,
  moving_scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Real values.
@group(0) @binding(1) var<storage, read> fixed_image: array<f32>;
@group(0) @binding(2) var<storage, read> moving_image: array<f32>;
// mm, LPS.
@group(0) @binding(3) var<storage, read> displacement: array<f32>;
@group(0) @binding(4) var<storage, read> fixed_mask: array<u32>;
@group(0) @binding(5) var<storage, read> moving_mask: array<u32>;
// Window sums of α, β and γ, three planes.
@group(0) @binding(6) var<storage, read> slopes: array<f32>;
@group(0) @binding(7) var<storage, read_write> partials: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> forces: array<f32>;

fn moving_at(index: u32) -> f32 {
  return (moving_image[index] - params.moving_middle) * params.moving_scale;
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
    let p = sample_of(index);
    let at = moving_position(p, index);
    var force = vec3<f32>(0.0);
    if (is_counted(p, at)) {
      let v = interpolate(cell_of(at));
      let f = (fixed_image[index] - params.fixed_middle) * params.fixed_scale;
      let s = f * slopes[index] - v.w * slopes[total + index] + slopes[2u * total + index];
      head.y += 1.0;
      let g = v.xyz * s;
      let q = lattice_position(p);
      row_x += g.x * q;
      row_y += g.y * q;
      row_z += g.z * q;
      force = per_mm(g);
    }
    if (HAS_FORCES) {
      forces[3u * index] = force.x;
      forces[3u * index + 1u] = force.y;
      forces[3u * index + 2u] = force.z;
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
