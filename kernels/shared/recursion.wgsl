// Two damped oscillations as recursions with one complex pole each; a state is the real and imaginary parts of both. The
// importing shader declares params.poles and params.gains.
// Both states one voxel on.
fn advance(state: vec4<f32>, value: f32) -> vec4<f32> {
  let p = params.poles;
  return vec4<f32>(
    p.x * state.x - p.y * state.y + value,
    p.x * state.y + p.y * state.x,
    p.z * state.z - p.w * state.w + value,
    p.z * state.w + p.w * state.z,
  );
}

// Real part of gains · state.
fn weigh(state: vec4<f32>) -> f32 {
  let g = params.gains;
  return g.x * state.x - g.y * state.y + g.z * state.z - g.w * state.w;
}
