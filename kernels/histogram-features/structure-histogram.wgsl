// histograms[(part·R + r) << VALUE_BITS | v]: part 0 counts the original values v of the voxels of structure r (bit r of
// the label); part 1 is the defaced counts minus those, modulo 2³², so an unchanged voxel is counted once. Values are
// stored bits xor sign_bit: unsigned, in order. summary[4r…] = max(MAX − v), max(v) over both volumes, changed voxels,
// max |change|. A workgroup counts in a shared table of SLOTS bins, first come first served, and adds it once; bins that
// find no slot go to memory at once. An invocation takes VOXELS_EACH voxels, strided by the workgroup, four at a time.
#import dispatch

override WG_X: u32 = 256;
override VALUE_BITS: u32 = 16u;
// A multiple of four.
override VOXELS_EACH: u32 = 64u;
const SLOTS: u32 = 1024u;
const PROBES: u32 = 4u;
// Places the bins of structures apart in the table; values of one structure are neighbours and do not collide.
const STRUCTURE_STRIDE: u32 = 389u;

struct Params {
  // Voxel of the labels that is the volumes' first.
  first_voxel: u32,
  // Voxels of the volumes bound.
  count: u32,
  structure_count: u32,
  // Sign bit of the stored integers, 0 for unsigned ones.
  sign_bit: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> original: array<u32>;
@group(0) @binding(2) var<storage, read> defaced: array<u32>;
@group(0) @binding(3) var<storage, read> labels: array<u32>;
@group(0) @binding(4) var<storage, read_write> histograms: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read_write> summary: array<atomic<u32>>;

// Bin + 1 that owns the slot, 0 while free.
var<workgroup> slot_keys: array<atomic<u32>, SLOTS>;
var<workgroup> slot_counts: array<atomic<u32>, SLOTS>;
var<workgroup> group_summary: array<atomic<u32>, 128>;
var<workgroup> group_has_labels: atomic<u32>;

fn ordered_value(word: u32, index: u32) -> u32 {
  return extractBits(word, (index * VALUE_BITS) & 31u, VALUE_BITS) ^ params.sign_bit;
}

fn word_of(index: u32) -> u32 {
  return select(index >> 2u, index >> 1u, VALUE_BITS == 16u);
}

fn note_extent(bin: u32) {
  let structure = (bin >> VALUE_BITS) % params.structure_count;
  let value_max = (1u << VALUE_BITS) - 1u;
  let value = bin & value_max;
  atomicMax(&group_summary[4u * structure], value_max - value);
  atomicMax(&group_summary[4u * structure + 1u], value);
}

fn add_to_bin(bin: u32, amount: u32) {
  let home = bin + (bin >> VALUE_BITS) * STRUCTURE_STRIDE;
  for (var probe = 0u; probe < PROBES; probe++) {
    let slot = (home + probe * probe) & (SLOTS - 1u);
    var key = atomicLoad(&slot_keys[slot]);
    if (key == 0u) {
      let claim = atomicCompareExchangeWeak(&slot_keys[slot], 0u, bin + 1u);
      key = select(claim.old_value, bin + 1u, claim.exchanged);
    }
    if (key == bin + 1u) {
      atomicAdd(&slot_counts[slot], amount);
      return;
    }
  }
  atomicAdd(&histograms[bin], amount);
  note_extent(bin);
}

fn label_of(index: u32) -> u32 {
  if (index >= params.count) {
    return 0u;
  }
  return labels[params.first_voxel + index] & (0xffffffffu >> (32u - params.structure_count));
}

fn count_voxel(index: u32, bits: u32) {
  if (bits == 0u) {
    return;
  }
  let a = ordered_value(original[word_of(index)], index);
  let b = ordered_value(defaced[word_of(index)], index);
  let change = max(a, b) - min(a, b);
  var rest = bits;
  while (rest != 0u) {
    let structure = firstTrailingBit(rest);
    rest &= rest - 1u;
    // One for a in part 0; where the voxel changed, one less for a and one more for b in part 1.
    for (var n = 0u; n < select(1u, 3u, change != 0u); n++) {
      let part = select(structure, structure + params.structure_count, n > 0u);
      add_to_bin((part << VALUE_BITS) | select(a, b, n == 2u), select(1u, 0xffffffffu, n == 1u));
    }
    if (change != 0u) {
      atomicAdd(&group_summary[4u * structure + 2u], 1u);
      atomicMax(&group_summary[4u * structure + 3u], change);
    }
  }
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = (linear_invocation(workgroup, count, local, WG_X) - local) * VOXELS_EACH + local;
  for (var n = 0u; n < VOXELS_EACH; n += 4u) {
    let index = first + n * WG_X;
    var bits = vec4<u32>(label_of(index), label_of(index + WG_X), label_of(index + 2u * WG_X), label_of(index + 3u * WG_X));
    if (any(bits != vec4<u32>(0u))) {
      atomicStore(&group_has_labels, 1u);
      for (var lane = 0u; lane < 4u; lane++) {
        count_voxel(index + lane * WG_X, bits[lane]);
      }
    }
  }
  workgroupBarrier();
  // Most workgroups lie outside every structure.
  let slots = select(0u, SLOTS, atomicLoad(&group_has_labels) != 0u);
  for (var slot = local; slot < slots; slot += WG_X) {
    let key = atomicLoad(&slot_keys[slot]);
    if (key != 0u) {
      atomicAdd(&histograms[key - 1u], atomicLoad(&slot_counts[slot]));
      note_extent(key - 1u);
    }
  }
  workgroupBarrier();
  for (var s = local; s < 4u * params.structure_count; s += WG_X) {
    let value = atomicLoad(&group_summary[s]);
    if (value != 0u) {
      if ((s & 3u) == 2u) {
        atomicAdd(&summary[s], value);
      } else {
        atomicMax(&summary[s], value);
      }
    }
  }
}
