import { Random } from './noise.ts';

/**
 * Shape of one face. Lengths in mm, angles in degrees; every one of them is documented with its mean, spread and
 * range in `FACE_PARAMETERS`.
 */
export type FaceShape = { readonly [name in FaceParameterName]: number };

/** One adjustable measure of the face. */
export interface FaceParameter {
  /** Mean over adults, the sexes pooled. */
  readonly mean: number;
  /** Standard deviation that is sampled. */
  readonly sd: number;
  readonly unit: 'mm' | 'deg' | 'ratio';
  /** How much of the spread goes with robustness, the one trait that most of them share (−1…1). */
  readonly robustness: number;
  /** What is measured, with the landmarks of anthropometry where they exist. */
  readonly doc: string;
}

/*
 * Means and spreads of what has landmarks: L. G. Farkas, Anthropometry of the Head and Face, 2nd ed. 1994, young
 * North American adults, the sexes pooled and rounded. Spreads are about 1.3 times those of one population, so that few
 * people cover the range, but narrower for the size of the head, which keeps the brain's volume physiological. Measures
 * relative to the template (those with mean 0) have spreads chosen so that two standard deviations stay natural.
 */
const TABLE = {
  headBreadth: [149, 4.2, 'mm', 0.5, 'greatest breadth of the head, eu–eu'],
  headLength: [194, 5.5, 'mm', 0.5, 'greatest length of the head, g–op'],
  headHeight: [132, 3.5, 'mm', 0.2, 'tragion to vertex, in height'],
  foreheadBreadth: [114, 5.9, 'mm', 0.2, 'least frontal breadth, ft–ft'],
  foreheadSlope: [0, 4.5, 'mm', -0.4, 'upper forehead forward (+) or sloping back (−)'],
  browProtrusion: [0, 2.1, 'mm', 0.6, 'brow ridges forward'],
  browHeight: [0, 2.1, 'mm', -0.5, 'brows up'],
  nasionDepth: [0, 2.3, 'mm', -0.1, 'root of the nose forward (+) or deep (−)'],
  eyeDistance: [63, 4.4, 'mm', 0.2, 'between the centres of the eyeballs'],
  eyeFissureLength: [30.5, 2.1, 'mm', 0.1, 'inner to outer corner, en–ex'],
  eyeFissureHeight: [10.6, 1.7, 'mm', -0.3, 'opening of the lids, ps–pi'],
  eyeSlant: [3, 3.4, 'deg', -0.2, 'outer corner above the inner one'],
  eyeDepth: [0, 2.3, 'mm', 0.3, 'eyes deep-set (+) or prominent (−)'],
  noseLength: [51.5, 4.9, 'mm', 0.4, 'n–sn'],
  noseProtrusion: [20.5, 2.9, 'mm', 0.3, 'sn–prn'],
  noseWidth: [33.5, 3.9, 'mm', 0.4, 'al–al'],
  noseHump: [0, 2, 'mm', 0.3, 'bridge of the nose convex (+) or concave (−)'],
  noseBridgeWidth: [0, 1.7, 'mm', 0.2, 'side walls of the bridge outwards, each'],
  noseTipRotation: [0, 2.7, 'mm', -0.4, 'tip of the nose up'],
  noseTipWidth: [0, 1.6, 'mm', 0.2, 'domes of the tip outwards, each'],
  upperLipLength: [21.4, 2.9, 'mm', 0.3, 'height of the upper lip, sn–sto'],
  mouthWidth: [52, 4.7, 'mm', 0.3, 'ch–ch'],
  upperLipHeight: [8.6, 1.8, 'mm', -0.2, 'vermilion ls–sto'],
  lowerLipHeight: [9.9, 2, 'mm', -0.1, 'vermilion sto–li'],
  lipProtrusion: [0, 2.2, 'mm', 0, 'lips forward'],
  mentolabialDepth: [0, 1.8, 'mm', 0.2, 'furrow above the chin deeper (+)'],
  chinProtrusion: [0, 4.2, 'mm', 0.4, 'chin forward'],
  chinHeight: [47.5, 4.4, 'mm', 0.6, 'sto–gn'],
  chinWidth: [0, 3.1, 'mm', 0.5, 'sides of the chin outwards, each'],
  cheekboneBreadth: [135, 7.2, 'mm', 0.5, 'bizygomatic breadth, zy–zy'],
  cheekboneProminence: [0, 2.3, 'mm', -0.1, 'front of the cheekbones outwards'],
  cheekFullness: [0, 3.9, 'mm', 0.1, 'cheeks full (+) or hollow (−)'],
  jawBreadth: [110, 8.5, 'mm', 0.6, 'breadth at the angles of the jaw over the soft tissue'],
  jawAngleHeight: [0, 5.2, 'mm', -0.4, 'angle of the jaw up'],
  neckBreadth: [0, 5.2, 'mm', 0.7, 'sides of the neck outwards, each'],
  submentalFullness: [0, 4.5, 'mm', 0.1, 'under the chin full (+)'],
  earScale: [1, 0.08, 'ratio', 0.3, 'size of the auricles over the template (63 mm high)'],
  earProtrusion: [24, 7.8, 'deg', 0.1, 'angle between auricle and head'],
  earHeight: [0, 2.9, 'mm', 0, 'auricles up'],
  noseDeviation: [0, 1.2, 'mm', 0, 'tip of the nose to the left'],
  jawAsymmetry: [0, 1.4, 'mm', 0, 'chin to the left'],
  mouthSlant: [0, 0.9, 'mm', 0, 'left corner of the mouth up and the right one down'],
} as const satisfies Record<string, readonly [number, number, FaceParameter['unit'], number, string]>;

/** Names of the measures. */
export type FaceParameterName = keyof typeof TABLE;

/** Names in the order of the table. */
export const FACE_PARAMETER_NAMES = Object.keys(TABLE) as readonly FaceParameterName[];

/** Mean, spread, unit and meaning of every measure. */
export const FACE_PARAMETERS = Object.fromEntries(
  FACE_PARAMETER_NAMES.map((name) => {
    const [mean, sd, unit, robustness, doc] = TABLE[name];
    return [name, { mean, sd, unit, robustness, doc }];
  }),
) as { readonly [name in FaceParameterName]: FaceParameter };

/** Largest distance of a measure from its mean, in standard deviations; beyond it the skin would fold. */
export const FACE_RANGE_SD = 2;

/** Allowed values of a measure, inclusive. */
export function faceParameterRange(name: FaceParameterName): readonly [number, number] {
  const { mean, sd } = FACE_PARAMETERS[name];
  return [mean - FACE_RANGE_SD * sd, mean + FACE_RANGE_SD * sd];
}

/** The average face. */
export function meanFaceShape(): FaceShape {
  return Object.fromEntries(FACE_PARAMETER_NAMES.map((name) => [name, FACE_PARAMETERS[name].mean])) as FaceShape;
}

/** A person: every measure normal around its mean and cut at the range, correlated through robustness. */
export function sampleFaceShape(seed: number): FaceShape {
  const random = new Random(seed);
  const robust = clampSd(random.normal());
  return Object.fromEntries(
    FACE_PARAMETER_NAMES.map((name) => {
      const { mean, sd, robustness } = FACE_PARAMETERS[name];
      const own = Math.sqrt(1 - robustness * robustness) * random.normal();
      return [name, mean + sd * clampSd(robustness * robust + own)];
    }),
  ) as FaceShape;
}

/** The mean shape with some measures replaced. Throws RangeError naming a measure that is out of its range. */
export function completeFaceShape(base: FaceShape, changes: Partial<FaceShape>): FaceShape {
  const shape = { ...base, ...changes };
  for (const name of FACE_PARAMETER_NAMES) {
    const [low, high] = faceParameterRange(name);
    if (!(shape[name] >= low && shape[name] <= high))
      throw new RangeError(`${name} is ${shape[name]} ${FACE_PARAMETERS[name].unit}, allowed are ${low} to ${high}`);
  }
  return shape;
}

function clampSd(value: number): number {
  return Math.min(2, Math.max(-2, value));
}
