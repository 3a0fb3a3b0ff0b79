// table[e] = intensity at edge e of the source's bins, mapped so that equal shares of both histograms lie below:
//   table[e] = inverse(clamp(F_source(e))), inverse(q) = inf { v : F_target(v) ≥ q }, linear within a bin.
// Shares are whole numbers of 2⁻²⁴, rounded down, so that every backend takes the same bin. Where either histogram is
// empty the table is the identity. One workgroup: it sums both histograms in shared memory, a span of bins for each
// invocation, then each invocation makes every WG_X-th entry.
#import dispatch

override WG_X: u32 = 256;
const MAX_BINS: u32 = 2048u;
const ONE: u32 = 16777216u;

struct Params {
  source_bins: u32,
  target_bins: u32,
  // Intensity of the lower outer edge and of a bin's width.
  source_low: f32,
  source_width: f32,
  target_low: f32,
  target_width: f32,
  // Shares of 2⁻²⁴ that are taken for the ends of the distributions.
  lowest: u32,
  highest: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source_counts: array<u32>;
@group(0) @binding(2) var<storage, read> target_counts: array<u32>;
// One more than source_bins.
@group(0) @binding(3) var<storage, read_write> table: array<f32>;

var<workgroup> below: array<u32, MAX_BINS>;
var<workgroup> spans: array<u32, WG_X>;

// part / whole in 2⁻²⁴, rounded down; 0 ≤ part ≤ whole < 2³¹.
fn share(part: u32, whole: u32) -> u32 {
  if (part >= whole) {
    return ONE;
  }
  var rest = part;
  var bits = 0u;
  for (var n = 0; n < 24; n++) {
    rest <<= 1u;
    bits <<= 1u;
    if (rest >= whole) {
      rest -= whole;
      bits |= 1u;
    }
  }
  return bits;
}

// Counts up to and with each bin of the target, in `below`; the total comes back.
fn sum_target(local: u32) -> u32 {
  let each = (params.target_bins + WG_X - 1u) / WG_X;
  let first = min(local * each, params.target_bins);
  let end = min(first + each, params.target_bins);
  var sum = 0u;
  for (var b = first; b < end; b++) {
    sum += target_counts[b];
    below[b] = sum;
  }
  spans[local] = sum;
  workgroupBarrier();
  var before = 0u;
  for (var s = 0u; s < local; s++) {
    before += spans[s];
  }
  for (var b = first; b < end; b++) {
    below[b] += before;
  }
  workgroupBarrier();
  return below[params.target_bins - 1u];
}

// First bin whose upper edge has at least this share below it.
fn first_bin(wanted: u32, total: u32) -> u32 {
  var low = 0u;
  var high = params.target_bins - 1u;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (share(below[middle], total) >= wanted) {
      high = middle;
    } else {
      low = middle + 1u;
    }
  }
  return low;
}

@compute @workgroup_size(WG_X)
fn main(@builtin(local_invocation_index) local: u32) {
  let target_total = sum_target(local);
  var source_total = 0u;
  for (var b = 0u; b < params.source_bins; b++) {
    source_total += source_counts[b];
  }
  for (var edge = local; edge <= params.source_bins; edge += WG_X) {
    if (source_total == 0u || target_total == 0u) {
      table[edge] = params.source_low + f32(edge) * params.source_width;
      continue;
    }
    var part = 0u;
    for (var b = 0u; b < edge; b++) {
      part += source_counts[b];
    }
    let q = clamp(share(part, source_total), params.lowest, params.highest);
    // At the very start: the lower edge of the first bin that holds anything.
    let bin = first_bin(max(q, 1u), target_total);
    var before = 0u;
    if (bin > 0u) {
      before = share(below[bin - 1u], target_total);
    }
    let at_end = share(below[bin], target_total);
    let within = select(0.0, f32(q - min(before, q)) / f32(max(at_end - before, 1u)), q > 0u);
    table[edge] = params.target_low + (f32(bin) + min(within, 1.0)) * params.target_width;
  }
}
