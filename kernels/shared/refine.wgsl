// Two levels of a picture: fine pixel 2·c − 2 + o, o = −1 … 2, gets a quarter or three of coarse pixel c (so a fine pixel
// has two parents along each axis, the nearer one weighs more, and the coarse picture goes one pixel beyond the fine one).
fn refine_weight(o: i32) -> f32 {
  return select(0.25, 0.75, o == 0 || o == 1);
}

// First parent of a fine pixel along one axis; the other is the next.
fn first_parent(i: i32) -> i32 {
  return (i + 1) >> 1u;
}

// First of the four fine pixels of a coarse one along one axis.
fn first_child(c: i32) -> i32 {
  return 2 * c - 3;
}
