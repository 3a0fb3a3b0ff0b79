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

/**
 * Thresholds that may part tissue from air, lowest first. The first is Otsu's on a logarithmic histogram (head tissue
 * differs by a factor of ten between fat and dark bone; air differs from all of it by more). Where a scanner blanks
 * part of the air, that threshold parts noise from blank instead, so shares of the brightest tissue follow it; which
 * one outlines a head is decided by looking at the outline. Empty for an image without positive values.
 */
export function tissueThresholds(image: WorkingImage, background: number): number[] {
  const sample: number[] = [];
  for (let n = 0; n < image.values.length; n += 7) {
    const v = image.values[n] - background;
    if (v > 0 && v < Infinity) sample.push(v);
  }
  if (sample.length < 100) return [];
  const brightest = quantile(sample, 0.995);
  const knee = KNEE * brightest;
  const span = Math.log(1 + 1 / KNEE);
  const counts = new Float64Array(LOG_BINS);
  for (const value of image.values) {
    if (isMissing(value)) continue;
    const v = Math.log(1 + Math.max(0, value - background) / knee) / span;
    counts[Math.min(LOG_BINS - 1, Math.max(0, Math.floor(v * LOG_BINS)))]++;
  }
  const edge = otsuEdge(counts);
  const first = knee * (Math.exp((edge / LOG_BINS) * span) - 1);
  const tissue = quantile(
    sample.filter((v) => v > first),
    0.98,
  );
  const further = [0.1, 0.2].map((share) => share * tissue).filter((t) => t > 1.2 * first);
  return [first, ...further].map((t) => t + background);
}

/**
 * Do the values of a CT look like Hounsfield units? Air is −1000 HU and every head scan has some around it; a scan
 * whose first percentile is above −500 is on another scale.
 */
export function looksLikeHounsfield(image: WorkingImage): boolean {
  return quantile(presentSample(image), 0.01) < -500;
}

/** Every eleventh voxel that is not missing and finite. */
export function presentSample(image: WorkingImage): number[] {
  const sample: number[] = [];
  for (let n = 0; n < image.values.length; n += 11) {
    const value = image.values[n];
    if (!isMissing(value) && Number.isFinite(value)) sample.push(value);
  }
  return sample;
}
