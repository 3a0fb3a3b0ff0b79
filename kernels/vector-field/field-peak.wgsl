// peaks[n] = max of |v|² over vectors n, n + parts, n + 2 parts, …: what is left for the host is short. One invocation
// makes one part; neighbours read neighbours. No shared memory, no barriers.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Vectors.
  count: u32,
  parts: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
@group(0) @binding(2) var<storage, read_write> peaks: array<f32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let part = linear_invocation(workgroup, count, local, WG_X);
  if (part >= params.parts) {
    return;
  }
  var most = 0.0;
  for (var n = part; n < params.count; n += params.parts) {
    let v = vec3<f32>(src[3u * n], src[3u * n + 1u], src[3u * n + 2u]);
    most = max(most, dot(v, v));
  }
  peaks[part] = most;
}
