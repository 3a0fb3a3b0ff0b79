import type { Affine, Vec3 } from '@efface/volume';
import { type Pose, poseScales, rotationMatrix } from './pose.ts';

/** The head's own axes in patient coordinates. The midline plane holds `originLps`, posterior and superior. */
export interface HeadFrame {
  /** Middle of the brain, LPS mm. */
  readonly originLps: Vec3;
  /** Unit vectors, at right angles to each other. */
  readonly leftLps: Vec3;
  readonly posteriorLps: Vec3;
  readonly superiorLps: Vec3;
  /**
   * How the head is turned against the patient axes, degrees, as one rotation vector: nod about left (positive lowers
   * the face), tilt about posterior, turn about superior.
   */
  readonly rotationDegrees: Vec3;
  /** How much larger than the average adult brain this one is along left, posterior and superior. */
  readonly sizeRatios: Vec3;
}

/** Frame of a pose. */
export function headFrame(pose: Pose): HeadFrame {
  const rotation: Vec3 = [pose[3], pose[4], pose[5]];
  const r = rotationMatrix(rotation);
  const degrees = (radians: number): number => (radians * 180) / Math.PI;
  return {
    originLps: [pose[0], pose[1], pose[2]],
    leftLps: [r[0], r[3], r[6]],
    posteriorLps: [r[1], r[4], r[7]],
    superiorLps: [r[2], r[5], r[8]],
    rotationDegrees: [degrees(rotation[0]), degrees(rotation[1]), degrees(rotation[2])],
    sizeRatios: poseScales(pose),
  };
}

/** Mm of the average brain's head (x left, y posterior, z superior, from the middle of the brain) to LPS, mm. */
export function averageToLps({ originLps, leftLps, posteriorLps, superiorLps, sizeRatios }: HeadFrame): Affine {
  return [0, 1, 2].flatMap((d) => [
    leftLps[d] * sizeRatios[0],
    posteriorLps[d] * sizeRatios[1],
    superiorLps[d] * sizeRatios[2],
    originLps[d],
  ]);
}
