import type { Attacker } from '@efface/reidentify';

/** Somebody in at least this share of whose pictures a detector sees a face has one. */
export const FACE_SHARE = 0.5;

/** Thresholds that were measured on other people than those who are judged by them, and frozen. */
export interface Calibration {
  /** What they were measured on. */
  readonly origin: string;
  /** By detector: scores above it count as a face. */
  readonly cuts: Readonly<Record<string, number>>;
  /** By attacker: distances up to it count as the same person. */
  readonly distances: Readonly<Partial<Record<Attacker, number>>>;
  /** The same for the mean of nine pictures, each camera under one light. */
  readonly fastDistance?: number;
}

/** Measured by evaluate-calibration.ts; benchmarks/README.md has the figures. */
export const DEFAULT_CALIBRATION: Calibration = {
  origin:
    'every second of 60 T1 heads of the IXI collection (2 mm), each against a second session made of the same scan: 1 % of ' +
    '870 impostor pairs accepted; 1 % of 864 pictures without a face taken for one',
  cuts: { 'ssd-mobilenet-v1': 0.2173, 'tiny-face-detector': 0.3474 },
  distances: { mean: 0.3346, best: 0.3385, geometry: 0.9139 },
  fastDistance: 0.3845,
};
