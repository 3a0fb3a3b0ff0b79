// Rays of a camera in voxels, as `packCameras` lays them out. Needs rounded.wgsl.
// Rays start at origin + x·origin_x + y·origin_y (voxels) for pixel (x, y), and so on.
struct Camera {
  origin: vec3<f32>,
  // Pixels.
  width: u32,
  origin_x: vec3<f32>,
  height: u32,
  origin_y: vec3<f32>,
  first_tile: u32,
  // Voxels.
  step: vec3<f32>,
  first_pixel: u32,
  step_x: vec3<f32>,
  // Steps from the eye to the origin.
  start_steps: f32,
  step_y: vec3<f32>,
  step_count: u32,
  // The same steps in mm.
  step_lps: vec3<f32>,
  step_lps_x: vec3<f32>,
  step_lps_y: vec3<f32>,
}

fn linear_in_pixel(base: vec3<f32>, per_x: vec3<f32>, per_y: vec3<f32>, pixel: vec2<f32>) -> vec3<f32> {
  return rounded(rounded(base + rounded(per_x * pixel.x)) + rounded(per_y * pixel.y));
}
