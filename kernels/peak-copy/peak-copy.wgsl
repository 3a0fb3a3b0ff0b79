// dst[v] = src[v]: the bandwidth a kernel can get on this device, measured with as little else as possible.
// One invocation copies one 16-byte element. No shared memory, no barriers. src and dst do not overlap.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Elements of 16 bytes.
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> dst: array<vec4<u32>>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let v = linear_invocation(workgroup, count, local, WG_X);
  if (v >= params.count) {
    return;
  }
  dst[v] = src[v];
}
