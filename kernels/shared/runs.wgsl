// Runs of a mask row: stretches [first, end) of set bits. Each run has a slot. Runs of a row start at least two voxels
// apart, so pairs of voxels share one; with SLOT_SHIFT 0 every voxel is a run and has its own. Slots grow with the
// voxel index and start at 1. The importing shader declares `mask: array<u32>`.
override SLOT_SHIFT: u32 = 1u;
const NO_RUN: u32 = 0xffffffffu;

fn slot_of(row: u32, first: u32, size_i: u32) -> u32 {
  return 1u + row * ((size_i + SLOT_SHIFT) >> SLOT_SHIFT) + (first >> SLOT_SHIFT);
}

// First bit at or after `start` of the row that begins at word `row_word`, its words xored with `flip`; NO_RUN if none.
fn find_bit(row_word: u32, words_per_row: u32, start: u32, flip: u32) -> u32 {
  var w = start >> 5u;
  if (w >= words_per_row) {
    return NO_RUN;
  }
  var bits = (mask[row_word + w] ^ flip) & (0xffffffffu << (start & 31u));
  while (bits == 0u) {
    w++;
    if (w >= words_per_row) {
      return NO_RUN;
    }
    bits = mask[row_word + w] ^ flip;
  }
  return w * 32u + firstTrailingBit(bits);
}

// First voxel of the next run at or after `start`, NO_RUN behind the last one.
fn next_run(row_word: u32, words_per_row: u32, start: u32) -> u32 {
  return find_bit(row_word, words_per_row, start, 0u);
}

// One past the last voxel of the run that starts at `first`.
fn run_end(row_word: u32, words_per_row: u32, first: u32) -> u32 {
  if (SLOT_SHIFT == 0u) {
    return first + 1u;
  }
  return min(find_bit(row_word, words_per_row, first, 0xffffffffu), words_per_row * 32u);
}
