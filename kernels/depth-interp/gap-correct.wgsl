// dst = min(dst + correction, limit) where a pixel is free. One invocation makes one pixel. No shared memory, no barriers.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  pixel_count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> free: array<f32>;
@group(0) @binding(2) var<storage, read> limit: array<f32>;
@group(0) @binding(3) var<storage, read> correction: array<f32>;
@group(0) @binding(4) var<storage, read_write> dst: array<f32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let at = linear_invocation(workgroup, count, local, WG_X);
  if (at >= params.pixel_count || free[at] == 0.0) {
    return;
  }
  dst[at] = min(dst[at] + correction[at], limit[at]);
}
