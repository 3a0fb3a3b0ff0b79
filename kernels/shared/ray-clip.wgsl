// What clip shapes leave of a volume. The importing shader declares `clips: array<Clip>` and `params.clip_count`.
// Needs rounded.wgsl.
const CLIP_PLANE: u32 = 0u;
const CLIP_SPHERE: u32 = 1u;

// A shape in coordinates of its own: q = columns · (p − origin) for a point p in voxels. Inside is q.x ≤ 0 for a
// plane, |q| ≤ 1 for a sphere, and every |q| ≤ 1 for a box.
struct Clip {
  // Voxels.
  origin: vec3<f32>,
  kind: u32,
  column_i: vec3<f32>,
  // Units of q: more than rounding can move a point.
  margin: f32,
  column_j: vec3<f32>,
  keeps_inside: u32,
  column_k: vec3<f32>,
  // Unit vectors along q.x, q.y, q.z, LPS.
  normal_x: vec3<f32>,
  normal_y: vec3<f32>,
  normal_z: vec3<f32>,
}

fn clip_vector(c: u32, v: vec3<f32>) -> vec3<f32> {
  let ij = rounded(rounded(clips[c].column_i * v.x) + rounded(clips[c].column_j * v.y));
  return rounded(ij + rounded(clips[c].column_k * v.z));
}

fn is_clipped_by(c: u32, q: vec3<f32>) -> bool {
  let kind = clips[c].kind;
  var is_inside = max(abs(q.x), max(abs(q.y), abs(q.z))) <= 1.0;
  if (kind == CLIP_PLANE) {
    is_inside = q.x <= 0.0;
  } else if (kind == CLIP_SPHERE) {
    is_inside = rounded_dot(q, q) <= 1.0;
  }
  return is_inside != (clips[c].keeps_inside == 1u);
}

// First shape that takes away p; clip_count when none does.
fn clip_at(p: vec3<f32>) -> u32 {
  var c = 0u;
  while (c < params.clip_count && !is_clipped_by(c, clip_vector(c, p - clips[c].origin))) {
    c++;
  }
  return c;
}

// Steps from p, which shape c takes away, for which it surely goes on to: into the shape grown by the margin, or out of
// the shape shrunk by it. At least 1.
fn steps_clipped(c: u32, p: vec3<f32>, step: vec3<f32>) -> u32 {
  let keeps_inside = clips[c].keeps_inside == 1u;
  let q = clip_vector(c, p - clips[c].origin);
  let d = clip_vector(c, step);
  let margin = select(-clips[c].margin, clips[c].margin, keeps_inside);
  let radius = max(1.0 + margin, 0.0);
  var enter = -1e9;
  var leave = 1e9;
  if (clips[c].kind == CLIP_PLANE) {
    let per_step = 1.0 / select(d.x, 1e-12, abs(d.x) < 1e-12);
    let at = (margin - q.x) * per_step;
    enter = select(at, enter, per_step > 0.0);
    leave = select(leave, at, per_step > 0.0);
  } else if (clips[c].kind == CLIP_SPHERE) {
    let inverse = 1.0 / max(dot(d, d), 1e-24);
    let middle = -dot(q, d) * inverse;
    let nearest = q + d * middle;
    let half = sqrt(max(radius * radius - dot(nearest, nearest), 0.0) * inverse);
    let is_missed = dot(nearest, nearest) > radius * radius;
    enter = select(middle - half, 1e9, is_missed);
    leave = select(middle + half, -1e9, is_missed);
  } else {
    let per_step = 1.0 / select(d, vec3<f32>(1e-12), abs(d) < vec3<f32>(1e-12));
    let a = (-radius - q) * per_step;
    let b = (radius - q) * per_step;
    let low = min(a, b);
    let high = max(a, b);
    enter = max(low.x, max(low.y, low.z));
    leave = min(high.x, min(high.y, high.z));
  }
  // Where a shape to keep is missed or left behind there is nothing more to see.
  let to_inside = select(enter, 1e9, enter > leave || leave < 0.0);
  let to_outside = select(0.0, leave, enter < 0.0 && leave > 0.0);
  return u32(clamp(floor(select(to_outside, to_inside, keeps_inside)), 1.0, 1e6));
}

// Into what is left at a face cut by shape c, LPS, any length; p is on the shape's outer side.
fn clip_inward(c: u32, p: vec3<f32>) -> vec3<f32> {
  let q = clip_vector(c, p - clips[c].origin);
  var outward = q;
  if (clips[c].kind == CLIP_PLANE) {
    outward = vec3<f32>(1.0, 0.0, 0.0);
  } else if (clips[c].kind != CLIP_SPHERE) {
    let size = abs(q);
    if (size.x >= size.y && size.x >= size.z) {
      outward = vec3<f32>(select(-1.0, 1.0, q.x > 0.0), 0.0, 0.0);
    } else if (size.y >= size.z) {
      outward = vec3<f32>(0.0, select(-1.0, 1.0, q.y > 0.0), 0.0);
    } else {
      outward = vec3<f32>(0.0, 0.0, select(-1.0, 1.0, q.z > 0.0));
    }
  }
  let xy = rounded(rounded(clips[c].normal_x * outward.x) + rounded(clips[c].normal_y * outward.y));
  let outward_lps = rounded(xy + rounded(clips[c].normal_z * outward.z));
  return select(outward_lps, -outward_lps, clips[c].keeps_inside == 1u);
}
