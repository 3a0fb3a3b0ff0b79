// Stored voxels packed little-endian in words, in up to four chunks. The importing shader declares the bindings
// volume_0 … volume_3: array<u32>; formats are those of VOXEL_FORMATS in @efface/compute.
override VOXEL_FORMAT: u32 = 4u;
override CHUNK_WORDS: u32 = 0xffffffffu;
override CHUNK_COUNT: u32 = 1u;

fn load_volume_word(word: u32) -> u32 {
  if (CHUNK_COUNT == 1u) {
    return volume_0[word];
  }
  let chunk = word / CHUNK_WORDS;
  let offset = word - chunk * CHUNK_WORDS;
  switch chunk {
    case 0u: { return volume_0[offset]; }
    case 1u: { return volume_1[offset]; }
    case 2u: { return volume_2[offset]; }
    default: { return volume_3[offset]; }
  }
}

// Stored value of voxel `index` (i fastest, then j, then k).
fn load_stored(index: u32) -> f32 {
  if (VOXEL_FORMAT == 4u) {
    return bitcast<f32>(load_volume_word(index));
  }
  if (VOXEL_FORMAT >= 2u) {
    let half = (load_volume_word(index >> 1u) >> ((index & 1u) * 16u)) & 0xffffu;
    if (VOXEL_FORMAT == 2u) {
      return f32(half);
    }
    return f32(extractBits(i32(half), 0u, 16u));
  }
  let byte = (load_volume_word(index >> 2u) >> ((index & 3u) * 8u)) & 0xffu;
  if (VOXEL_FORMAT == 0u) {
    return f32(byte);
  }
  return f32(extractBits(i32(byte), 0u, 8u));
}
