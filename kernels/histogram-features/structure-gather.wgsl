// Values of the voxels of each wanted structure r, in voxel order: those of block b go to places
// offsets[(first_block + b)·R + r] and on, original and defaced to the same place. Values are moved as bits.
// One workgroup moves one block, WG_X voxels at a time; every voxel sets its bit in a shared row of bits per structure,
// and the bits before its own are its place. Barriers: around those rows, three a step; blocks without a label have none.
#import dispatch

override WG_X: u32 = 256;

struct Params {
  // Voxel of the labels that is the volumes' first.
  first_voxel: u32,
  // Voxels of the volumes bound.
  count: u32,
  structure_count: u32,
  first_block: u32,
  // Voxels of a block.
  block_voxels: u32,
  // Bit r: structure r is wanted.
  wanted: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> original: array<u32>;
@group(0) @binding(2) var<storage, read> defaced: array<u32>;
@group(0) @binding(3) var<storage, read> labels: array<u32>;
@group(0) @binding(4) var<storage, read> counts: array<u32>;
@group(0) @binding(5) var<storage, read> offsets: array<u32>;
@group(0) @binding(6) var<storage, read_write> original_values: array<u32>;
@group(0) @binding(7) var<storage, read_write> defaced_values: array<u32>;

// 32 structures of at most 256 bits.
var<workgroup> rows: array<atomic<u32>, 256>;
var<workgroup> places: array<u32, 32>;

// Words of one structure's row of bits.
const ROW_WORDS: u32 = 8u;

fn bits_before(structure: u32, local: u32) -> u32 {
  let own = local >> 5u;
  var n = countOneBits(atomicLoad(&rows[structure * ROW_WORDS + own]) & ((1u << (local & 31u)) - 1u));
  for (var w = 0u; w < own; w++) {
    n += countOneBits(atomicLoad(&rows[structure * ROW_WORDS + w]));
  }
  return n;
}

fn has_wanted(first_count: u32) -> bool {
  var any_voxel = 0u;
  for (var structure = 0u; structure < params.structure_count; structure++) {
    any_voxel |= counts[first_count + structure] * extractBits(params.wanted, structure, 1u);
  }
  return any_voxel != 0u;
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let block = linear_invocation(workgroup, count, 0u, 1u);
  let first_count = (params.first_block + block) * params.structure_count;
  if (block * params.block_voxels >= params.count || !has_wanted(first_count)) {
    return;
  }
  for (var structure = local; structure < params.structure_count; structure += WG_X) {
    places[structure] = offsets[first_count + structure];
  }
  for (var first = 0u; first < params.block_voxels; first += WG_X) {
    let index = block * params.block_voxels + first + local;
    var bits = 0u;
    if (first + local < params.block_voxels && index < params.count) {
      bits = labels[params.first_voxel + index] & params.wanted;
    }
    for (var rest = bits; rest != 0u; rest &= rest - 1u) {
      atomicOr(&rows[firstTrailingBit(rest) * ROW_WORDS + (local >> 5u)], 1u << (local & 31u));
    }
    workgroupBarrier();
    for (var rest = bits; rest != 0u; rest &= rest - 1u) {
      let structure = firstTrailingBit(rest);
      let place = places[structure] + bits_before(structure, local);
      original_values[place] = original[index];
      defaced_values[place] = defaced[index];
    }
    workgroupBarrier();
    for (var structure = local; structure < params.structure_count; structure += WG_X) {
      for (var w = 0u; w < ROW_WORDS; w++) {
        places[structure] += countOneBits(atomicExchange(&rows[structure * ROW_WORDS + w], 0u));
      }
    }
    workgroupBarrier();
  }
}
