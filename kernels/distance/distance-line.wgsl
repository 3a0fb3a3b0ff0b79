// dst(p) = min over q of src(q) + (spacing · (p − q))² along a line of axis 1 or 2; its square root in the last pass.
// Lower envelope of parabolas (Felzenszwalb and Huttenlocher 2012), the ends of their reigns being whole voxels as in
// Meijster's algorithm (2000): one invocation makes one line, neighbours make neighbouring lines, so that memory is read
// side by side. The stack of the envelope lies in dst, whose entries are overwritten from behind: entry n reigns from
// voxel n at the earliest. No shared memory, no barriers. src and dst do not overlap.
#import dispatch

override WG_X: u32 = 64;
override IS_LAST: bool = false;

const FAR: f32 = 1e30;

struct Params {
  // Voxels.
  size_ijk: vec3<u32>,
  // 1, 2: along j, k.
  axis: u32,
  // mm.
  spacing: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<f32>;
// Bits of f32; words because the stack's entries are none.
@group(0) @binding(2) var<storage, read_write> dst: array<u32>;

fn candidate(value: f32, p: u32, q: u32) -> f32 {
  let distance = (f32(p) - f32(q)) * params.spacing;
  return value + distance * distance;
}

// First voxel of 0 … n at which the parabola at q is below that at v < q. The division guesses, the values decide.
fn first_below(v: u32, value_v: f32, q: u32, value_q: f32, n: u32) -> u32 {
  let width = f32(q - v) * params.spacing * params.spacing;
  let crossing = 0.5 * ((value_q - value_v) / width + f32(q + v));
  var p = u32(clamp(floor(crossing) + 1.0, 0.0, f32(n)));
  if (p > 0u && candidate(value_q, p - 1u, q) < candidate(value_v, p - 1u, v)) {
    p--;
  } else if (p < n && candidate(value_q, p, q) >= candidate(value_v, p, v)) {
    p++;
  }
  return p;
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let line = linear_invocation(workgroup, count, local, WG_X);
  let size = params.size_ijk;
  let is_j = params.axis == 1u;
  if (line >= size.x * select(size.y, size.z, is_j)) {
    return;
  }
  let n = select(size.z, size.y, is_j);
  let stride = select(size.x * size.y, size.x, is_j);
  let slice = line / size.x;
  let base = select(line, slice * size.x * size.y + line - slice * size.x, is_j);

  var entries = 0u;
  var v = 0u;
  var value_v = 0.0;
  var start = 0u;
  for (var q = 0u; q < n; q++) {
    let value_q = src[base + q * stride];
    if (value_q >= FAR) {
      continue;
    }
    // Entries that are no longer below where their reign begins have none.
    while (entries > 0u && candidate(value_q, start, q) < candidate(value_v, start, v)) {
      entries--;
      if (entries > 0u) {
        let entry = dst[base + (entries - 1u) * stride];
        v = entry & 0xffffu;
        start = entry >> 16u;
        value_v = src[base + v * stride];
      }
    }
    var first = 0u;
    if (entries > 0u) {
      first = first_below(v, value_v, q, value_q, n);
    }
    if (first < n) {
      v = q;
      value_v = value_q;
      start = first;
      dst[base + entries * stride] = q | (first << 16u);
      entries++;
    }
  }
  for (var p = n; p > 0u; ) {
    p--;
    while (entries > 1u && p < start) {
      entries--;
      let entry = dst[base + (entries - 1u) * stride];
      v = entry & 0xffffu;
      start = entry >> 16u;
      value_v = src[base + v * stride];
    }
    let squared = select(candidate(value_v, p, v), FAR, entries == 0u);
    dst[base + p * stride] = bitcast<u32>(select(squared, sqrt(squared), IS_LAST));
  }
}
