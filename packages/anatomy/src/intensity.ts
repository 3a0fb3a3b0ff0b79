import { quantile } from './quantile.ts';
import { isMissing, type WorkingImage } from './working-image.ts';

/** Otsu's threshold between two classes of a histogram, as a bin edge: bins below it are the lower class. */
export function otsuEdge(counts: ArrayLike<number>): number {
  let total = 0;
  let moment = 0;
  for (let b = 0; b < counts.length; b++) {
    total += counts[b];
    moment += b * counts[b];
  }
  let weight = 0;
  let below = 0;
  let best = -1;
  let edge = 0;
  for (let b = 0; b < counts.length; b++) {
    weight += counts[b];
    below += b * counts[b];
    if (weight === 0 || weight === total) continue;
    const distance = below / weight - (moment - below) / (total - weight);
    const between = weight * (total - weight) * distance * distance;
    if (between > best) {
      best = between;
      edge = b + 1;
    }
  }
  return edge;
}

const LOG_BINS = 128;
/** The logarithm bends at this share of the brightest tissue: below it, noise, the scale is linear. */
const KNEE = 0.01;
/** Shares of the brightest tissue (its 98th percentile) to try after Otsu's threshold. */
const FURTHER_SHARES = [0.1, 0.2];
/** Voxels in a sample of an image; and positive ones at least for a threshold to mean anything. */
const SAMPLE = 100_000;
const LEAST_SAMPLE = 100;

/**
 * Thresholds that may part tissue from air, lowest first. The first is Otsu's on a logarithmic histogram (head tissue
 * differs by a factor of ten between fat and dark bone; air differs from all of it by more). Where a scanner blanks
 * part of the air, that threshold parts noise from blank instead, so shares of the brightest tissue follow it; which
 * one outlines a head is decided by looking at the outline. Empty for an image without positive values.
 */
export function tissueThresholds(image: WorkingImage, background: number): number[] {
  const sample = presentSample(image)
    .map((value) => value - background)
    .filter((value) => value > 0);
  if (sample.length < LEAST_SAMPLE) return [];
  const brightest = quantile(sample, 0.995);
  const knee = KNEE * brightest;
  const span = Math.log(1 + 1 / KNEE);
  const counts = new Float64Array(LOG_BINS);
  let air = 0;
  for (const value of presentSample(image)) {
    if (value <= background) air++;
    else counts[Math.min(LOG_BINS - 1, Math.floor((LOG_BINS * Math.log(1 + (value - background) / knee)) / span))]++;
  }
  counts[0] += air;
  const edge = otsuEdge(counts);
  const first = knee * (Math.exp((edge / LOG_BINS) * span) - 1);
  const tissue = quantile(
    sample.filter((value) => value > first),
    0.98,
  );
  const further = FURTHER_SHARES.map((share) => share * tissue).filter((threshold) => threshold > 1.2 * first);
  return [first, ...further].map((threshold) => threshold + background);
}

/**
 * Do the values of a CT look like Hounsfield units? Air is −1000 HU and every head scan has some around it; a scan
 * whose first percentile is above −500 is on another scale.
 */
export function looksLikeHounsfield(image: WorkingImage): boolean {
  return quantile(presentSample(image), 0.01) < -500;
}

/** About 100 000 voxels, evenly over the image, without missing and infinite ones. */
export function presentSample(image: WorkingImage): Float32Array {
  const step = oddStep(image.values.length / SAMPLE);
  const sample: number[] = [];
  for (let n = 0; n < image.values.length; n += step) {
    const value = image.values[n];
    if (!isMissing(value) && Number.isFinite(value)) sample.push(value);
  }
  return Float32Array.from(sample);
}

/** An odd step, so that it does not run along one column of a grid of even size. */
function oddStep(wanted: number): number {
  return 2 * Math.floor(Math.max(1, wanted) / 2) + 1;
}
