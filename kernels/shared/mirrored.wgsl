// Where index `at` lies on a line of n voxels that goes on as if seen in mirrors at its outer centres.
fn mirrored(at: i32, n: i32) -> i32 {
  let period = max(2 * n - 2, 1);
  let phase = ((at % period) + period) % period;
  return min(phase, period - phase);
}
