import { type Affine, compose, invert, type Vec3 } from '@efface/volume';
import { averageToLps, type HeadFrame } from '../frame.ts';
import { headToLps } from '../pose.ts';

/*
 * Template space is LPS, mm, with the origin, the tilt and the size of the MNI152 head: x right, y anterior and z
 * superior of methods in MNI coordinates are −l, −p and s here. The average adult head of this package stands in it as
 * MNI152 does (its T1 image analysed by `analyseHead`: turned by 10.8° about left, 1.067, 1.056 and 1.142 times the
 * size, middle of the brain at p 22.2 and s 9.8), put upright and symmetrical.
 */
const ORIGIN_MM: Vec3 = [0, 22, 10];
const NOD_DEGREES = 10.8;
const SIZES: Vec3 = [1.065, 1.055, 1.14];

/** Mm of the average head (head frame: x left, y posterior, z superior) to template space. */
export function templateOfAverage(): Affine {
  const pose = headToLps([...ORIGIN_MM, (NOD_DEGREES * Math.PI) / 180, 0, 0, 0, 0, 0]);
  const [l, p, s] = SIZES;
  return compose(pose, [l, 0, 0, 0, 0, p, 0, 0, 0, 0, s, 0]);
}

/** Where the template stands in a patient by the brain alone: template space to LPS, mm. */
export function lpsOfTemplateByFrame(frame: HeadFrame): Affine {
  return compose(averageToLps(frame), invert(templateOfAverage()));
}
