// What a ray meets: where the field is solid, and the direction into its surface. Needs rounded.wgsl, stored-field.wgsl,
// ray-clip.wgsl, the constant IS_CLIPPED, and of `params` the threshold, clip_count, normal_radius and gradient rows.
fn reaches(p: vec3<f32>) -> bool {
  return !is_outside_extent(p) && field(p) >= params.threshold;
}

fn is_solid(p: vec3<f32>) -> bool {
  return reaches(p) && (!IS_CLIPPED || clip_at(p) == params.clip_count);
}

// Into the surface at p, LPS, any length: of the border or of a clip shape where p_before, the last point before, is
// beyond it, else up the field.
fn inward_lps(p: vec3<f32>, p_before: vec3<f32>) -> vec3<f32> {
  var inward = vec3<f32>(below_extent(p_before)) - vec3<f32>(above_extent(p_before));
  if (all(inward == vec3<f32>(0.0))) {
    if (IS_CLIPPED) {
      let clip = clip_at(p_before);
      if (clip < params.clip_count) {
        // The point outside the shape, so that a box knows the face.
        return clip_inward(clip, select(p, p_before, clips[clip].keeps_inside == 1u));
      }
    }
    let x = vec3<f32>(params.normal_radius, 0.0, 0.0);
    inward = vec3<f32>(
      field(p + x) - field(p - x),
      field(p + x.yxz) - field(p - x.yxz),
      field(p + x.zyx) - field(p - x.zyx),
    );
  }
  return vec3<f32>(
    rounded_dot(params.gradient_l, inward),
    rounded_dot(params.gradient_p, inward),
    rounded_dot(params.gradient_s, inward),
  );
}
