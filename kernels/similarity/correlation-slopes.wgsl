// From window sums (n, Σf, Σm, Σf², Σm², Σfm) around each voxel x that counts: partials[block] = Σ (A²/BC, 1) with
// A = Σfm − ΣfΣm/n, B = Σf² − (Σf)²/n, C = Σm² − (Σm)²/n, and the planes α = 2A/BC, β = 2A²/BC² and β m̄ − α f̄: summed over
// the windows around y, f(y) Σα − m(y) Σβ + Σ(β m̄ − α f̄) is the derivative by m(y). Windows whose variance is below
// min_variance in either image are flat: all 0. A workgroup sums params.block_samples voxels, then a tree.
#import dispatch
#import moving-sample
#import block-sum

override WG_X: u32 = 256;

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
  // In units of the scaled values.
  min_variance: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Real values.
@group(0) @binding(1) var<storage, read> fixed_image: array<f32>;
@group(0) @binding(2) var<storage, read> moving_image: array<f32>;
// mm, LPS.
@group(0) @binding(3) var<storage, read> displacement: array<f32>;
@group(0) @binding(4) var<storage, read> fixed_mask: array<u32>;
@group(0) @binding(5) var<storage, read> moving_mask: array<u32>;
// Window sums, six planes.
@group(0) @binding(6) var<storage, read> sums: array<f32>;
// Three planes.
@group(0) @binding(7) var<storage, read_write> slopes: array<f32>;
@group(0) @binding(8) var<storage, read_write> partials: array<vec4<f32>>;

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
  for (var v = local; v < params.block_samples; v += WG_X) {
    let index = block * params.block_samples + v;
    if (index >= total) {
      break;
    }
    let p = sample_of(index);
    var alpha = 0.0;
    var beta = 0.0;
    var gamma = 0.0;
    if (is_counted(p, moving_position(p, index))) {
      let n = sums[index];
      let mean_f = sums[total + index] / n;
      let mean_m = sums[2u * total + index] / n;
      let b = sums[3u * total + index] - mean_f * sums[total + index];
      let c = sums[4u * total + index] - mean_m * sums[2u * total + index];
      head.y += 1.0;
      if (min(b, c) > params.min_variance * n) {
        let a = sums[5u * total + index] - mean_f * sums[2u * total + index];
        alpha = 2.0 * a / (b * c);
        beta = alpha * a / c;
        gamma = beta * mean_m - alpha * mean_f;
        head.x += a * a / (b * c);
      }
    }
    slopes[index] = alpha;
    slopes[total + index] = beta;
    slopes[2u * total + index] = gamma;
  }
  let is_writer = local == 0u && (block == 0u || block * params.block_samples < total);
  let sum = block_sum(head, local);
  if (is_writer) {
    partials[block] = sum;
  }
}
