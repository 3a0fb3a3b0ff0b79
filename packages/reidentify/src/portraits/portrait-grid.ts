import type { Direction } from '../render.ts';

/** Cameras and lights of a set of portraits: every camera under every light, light after light of the first camera … */
export interface PortraitGrid {
  readonly cameras: readonly Direction[];
  readonly lights: readonly Direction[];
}

function directions(yaws: readonly number[], pitches: readonly number[]): Direction[] {
  return pitches.flatMap((pitchDegrees) => yaws.map((yawDegrees) => ({ yawDegrees, pitchDegrees })));
}

/** Nine cameras within what detectors call frontal, nine lights from both sides and from above: 81 portraits. */
export const STANDARD_GRID: PortraitGrid = {
  cameras: directions([-24, 0, 24], [-16, 0, 16]),
  lights: directions([-35, 0, 35], [5, 25, 45]),
};

/**
 * The same, held out: no camera and no light of it is one of STANDARD_GRID's. Where a person was scanned once, a pair of
 * pictures of that person has one from each.
 */
export const HELD_OUT_GRID: PortraitGrid = {
  cameras: directions([-14, 6, 30], [-10, 5, 20]),
  lights: directions([-20, 15, 45], [10, 18, 38]),
};

/** The light in the middle of a grid's nine. */
const MIDDLE_LIGHT = 4;

/** Nine portraits for a first look: each camera of a grid under the light in its middle. */
export function fastGrid({ cameras, lights }: PortraitGrid): PortraitGrid {
  return { cameras, lights: lights.slice(MIDDLE_LIGHT, MIDDLE_LIGHT + 1) };
}
