// depth(u, v) = distance along the ray of hits(u, v), 0 for a miss; bit (u, v) of valid = the ray hit something, that is
// its normal is not 0 (a distance of 0 is a hit whose ray starts in solid).
// One invocation makes one pixel; rows are padded to whole words, whose bits meet in workgroup memory, one barrier.
#import dispatch

// A multiple of 32, MAX_WORDS·32 at most.
override WG_X: u32 = 128;
const MAX_WORDS: u32 = 8u;

struct Params {
  // Pixels along u and v.
  size_px: vec2<u32>,
  // Words of a row of bits.
  words_per_row: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Normal x, y, z, depth.
@group(0) @binding(1) var<storage, read> hits: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> depth: array<f32>;
@group(0) @binding(3) var<storage, read_write> valid: array<u32>;

var<workgroup> group_words: array<atomic<u32>, MAX_WORDS>;

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_invocation(workgroup, count, local, WG_X);
  let word = index >> 5u;
  let v = word / params.words_per_row;
  let u = index - v * params.words_per_row * 32u;
  if (v < params.size_px.y && u < params.size_px.x) {
    let at = v * params.size_px.x + u;
    let hit = hits[at];
    depth[at] = hit.w;
    if (any(hit.xyz != vec3<f32>(0.0))) {
      atomicOr(&group_words[local >> 5u], 1u << (local & 31u));
    }
  }
  workgroupBarrier();
  if ((local & 31u) == 0u && v < params.size_px.y) {
    valid[word] = atomicLoad(&group_words[local >> 5u]);
  }
}
