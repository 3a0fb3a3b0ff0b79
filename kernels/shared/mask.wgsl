// Masks: one bit per voxel, rows padded to whole words; voxel (i, j, k) is bit i & 31 of the word below.
fn mask_word_index(i: u32, j: u32, k: u32, size_j: u32, words_per_row: u32) -> u32 {
  return (k * size_j + j) * words_per_row + (i >> 5u);
}

// Bits of the last word of a row that belong to voxels; all bits for the words before.
fn row_bits(word_in_row: u32, size_i: u32) -> u32 {
  let left = size_i - word_in_row * 32u;
  return select((1u << (left & 31u)) - 1u, 0xffffffffu, left >= 32u);
}
