// dst = a op b, word by word; OPERATION 0 and, 1 or, 2 and-not, 3 xor. One invocation makes one word.
// Padding bits of both operands are 0, hence those of the result.
#import dispatch

override WG_X: u32 = 64;
override OPERATION: u32 = 0u;

struct Params {
  // Words.
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> dst: array<u32>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let word = linear_invocation(workgroup, count, local, WG_X);
  if (word >= params.count) {
    return;
  }
  switch OPERATION {
    case 0u: { dst[word] = a[word] & b[word]; }
    case 1u: { dst[word] = a[word] | b[word]; }
    case 2u: { dst[word] = a[word] & ~b[word]; }
    default: { dst[word] = a[word] ^ b[word]; }
  }
}
