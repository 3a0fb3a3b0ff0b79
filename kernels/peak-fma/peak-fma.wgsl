// dst[v] = sum of 8 chains x <- x * scale + offset, each 4 * rounds steps long, started at v % 256 + lane:
// the arithmetic a kernel can get on this device, measured with one store for all of it.
// One invocation computes one element. No shared memory, no barriers.
#import dispatch

override WG_X: u32 = 64;

struct Params {
  // Elements.
  count: u32,
  // Loop turns; each is 4 steps of every chain, 64 floating point operations.
  rounds: u32,
  // Whole numbers, small enough that no value passes 2^24: nothing is rounded then, fused or not.
  scale: f32,
  offset: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<f32>;

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
  let scale = vec4<f32>(params.scale);
  let offset = vec4<f32>(params.offset);
  let start = f32(v & 255u);
  var a = vec4<f32>(start, start + 1.0, start + 2.0, start + 3.0);
  var b = a + vec4<f32>(4.0);
  for (var round = 0u; round < params.rounds; round++) {
    a = fma(a, scale, offset);
    b = fma(b, scale, offset);
    a = fma(a, scale, offset);
    b = fma(b, scale, offset);
    a = fma(a, scale, offset);
    b = fma(b, scale, offset);
    a = fma(a, scale, offset);
    b = fma(b, scale, offset);
  }
  let c = a + b;
  dst[v] = (c.x + c.y) + (c.z + c.w);
}
