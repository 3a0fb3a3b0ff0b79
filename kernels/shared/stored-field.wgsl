// The trilinear field through the stored voxels of a volume. Needs rounded.wgsl, volume.wgsl and `params.size_ijk`.
fn between(a: f32, b: f32, w: f32) -> f32 {
  return rounded_scalar(a + rounded_scalar((b - a) * w));
}

// Interpolated stored value; in the half voxel around the outer voxel centres that of the nearest point between them.
fn field(p: vec3<f32>) -> f32 {
  let size = params.size_ijk;
  let inner = clamp(p, vec3<f32>(0.0), vec3<f32>(size - 1u));
  let low = min(vec3<u32>(inner), max(size, vec3<u32>(2u)) - 2u);
  let high = min(low + 1u, size - 1u);
  let w = inner - vec3<f32>(low);
  let y0z0 = (low.z * size.y + low.y) * size.x;
  let y1z0 = (low.z * size.y + high.y) * size.x;
  let y0z1 = (high.z * size.y + low.y) * size.x;
  let y1z1 = (high.z * size.y + high.y) * size.x;
  let c00 = between(load_stored(y0z0 + low.x), load_stored(y0z0 + high.x), w.x);
  let c10 = between(load_stored(y1z0 + low.x), load_stored(y1z0 + high.x), w.x);
  let c01 = between(load_stored(y0z1 + low.x), load_stored(y0z1 + high.x), w.x);
  let c11 = between(load_stored(y1z1 + low.x), load_stored(y1z1 + high.x), w.x);
  return between(between(c00, c10, w.y), between(c01, c11, w.y), w.z);
}

// Half a voxel beyond the outer voxel centres the field ends.
fn below_extent(p: vec3<f32>) -> vec3<bool> {
  return p < vec3<f32>(-0.5);
}

fn above_extent(p: vec3<f32>) -> vec3<bool> {
  return p > vec3<f32>(params.size_ijk) - 0.5;
}

fn is_outside_extent(p: vec3<f32>) -> bool {
  return any(below_extent(p)) || any(above_extent(p));
}
