// partials[block] = Σ (d², 1, 0, 0), then per moving axis a: Σ 2 d g_a (x, y, z, 1); d = moving(A p + u) − fixed(p),
// g the gradient of the trilinear interpolant per moving voxel, (x, y, z) the sample in [−½, ½)³. forces[p] = 2 d ∇d
// per mm. A workgroup sums params.block_samples samples of the lattice, neighbours by neighbouring invocations, then a tree.
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
}

@group(0) @binding(0) var<uniform> params: Params;
// Real values.
@group(0) @binding(1) var<storage, read> fixed_image: array<f32>;
@group(0) @binding(2) var<storage, read> moving_image: array<f32>;
// mm, LPS.
@group(0) @binding(3) var<storage, read> displacement: array<f32>;
@group(0) @binding(4) var<storage, read> fixed_mask: array<u32>;
@group(0) @binding(5) var<storage, read> moving_mask: array<u32>;
@group(0) @binding(6) var<storage, read_write> partials: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> forces: array<f32>;

fn moving_at(index: u32) -> f32 {
  return moving_image[index];
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
      let d = v.w - fixed_image[fixed_index];
      head += vec4<f32>(d * d, 1.0, 0.0, 0.0);
      let g = v.xyz * (2.0 * d);
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
