// Of each fixed voxel that counts (1, f, m, f², m², f·m) as six planes, 0 of the others: f and m are the fixed and the
// moving value at the mapped point, minus a middle and scaled to about ±½, so that windows lose few digits to it. One
// invocation makes one voxel. No shared memory, no barriers.
#import dispatch
#import moving-sample

override WG_X: u32 = 64;

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
@group(0) @binding(6) var<storage, read_write> terms: array<f32>;

fn moving_at(index: u32) -> f32 {
  return (moving_image[index] - params.moving_middle) * params.moving_scale;
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let total = params.sample_size_ijk.x * params.sample_size_ijk.y * params.sample_size_ijk.z;
  if (index >= total) {
    return;
  }
  let p = sample_of(index);
  let at = moving_position(p, index);
  var values = array<f32, 6>();
  if (is_counted(p, at)) {
    let f = (fixed_image[index] - params.fixed_middle) * params.fixed_scale;
    let m = interpolate(cell_of(at)).w;
    values = array<f32, 6>(1.0, f, m, f * f, m * m, f * m);
  }
  for (var plane = 0u; plane < 6u; plane++) {
    terms[plane * total + index] = values[plane];
  }
}
