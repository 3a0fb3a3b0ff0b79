import type { Vec3 } from '@efface/volume';
import { type FaceShape } from './face-shape.ts';

/** One smooth displacement: `amount · vector · (1 − r²)³` inside an ellipsoid. */
interface Bump {
  readonly centre: Vec3;
  readonly radiiMm: Vec3;
  readonly vectorMm: Vec3;
  /** With 'x' the displacement grows in proportion to x / referenceMm, so that both sides move apart. */
  readonly spreadMm?: number;
}

const STRIDE = 10;

/** Lengths and places of the template that the measures of a shape are compared with, mm (landmarks.test.ts). */
export const TEMPLATE = {
  headBreadth: 156, headLength: 194, headHeight: 132, foreheadBreadth: 117, eyeDistance: 62.4,
  noseLength: 53.3, noseProtrusion: 21.5, noseWidth: 37.3, upperLipLength: 22.6, mouthWidth: 54,
  upperLipHeight: 9, lowerLipHeight: 9.5, chinHeight: 47.3, cheekboneBreadth: 143.5, jawBreadth: 115.4,
} as const; // prettier-ignore

/**
 * Displacement of the template by a shape. It is written as the inverse map: a point of the person is taken back to
 * the template, `template = p − displacement(p)`, and everything in the head (skin, bone, eyes, airways) moves along.
 */
export class Warp {
  readonly #data: Float64Array;
  /** Number of displacement bumps. */
  readonly count: number;

  constructor(shape: FaceShape) {
    const bumps = bumpsOfShape(shape);
    this.count = bumps.length;
    this.#data = new Float64Array(STRIDE * bumps.length);
    bumps.forEach((b, index) => {
      this.#data.set(b.centre, STRIDE * index);
      this.#data.set(b.radiiMm.map((r) => 1 / r), STRIDE * index + 3); // prettier-ignore
      this.#data.set(b.vectorMm, STRIDE * index + 6);
      this.#data[STRIDE * index + 9] = b.spreadMm === undefined ? 0 : 1 / b.spreadMm;
    });
  }

  /** Indices of the bumps that reach into a box. */
  nearBox(centre: Vec3, halfMm: number): Uint16Array {
    const d = this.#data;
    const near: number[] = [];
    for (let index = 0; index < this.count; index++) {
      const o = STRIDE * index;
      let gap = 0;
      for (let axis = 0; axis < 3; axis++) {
        const outside = Math.max(0, Math.abs(centre[axis] - d[o + axis]) - halfMm) * d[o + 3 + axis];
        gap += outside * outside;
      }
      if (gap < 1) near.push(index);
    }
    return Uint16Array.from(near);
  }

  /** Writes the displacement (mm) at a point of the person into `out`, from the bumps in `subset` (all without it). */
  displacement(x: number, y: number, z: number, out: Float64Array, subset?: Uint16Array): void {
    const d = this.#data;
    const n = subset === undefined ? this.count : subset.length;
    let dx = 0;
    let dy = 0;
    let dz = 0;
    for (let s = 0; s < n; s++) {
      const o = STRIDE * (subset === undefined ? s : subset[s]);
      const u = (x - d[o]) * d[o + 3];
      const v = (y - d[o + 1]) * d[o + 4];
      const w = (z - d[o + 2]) * d[o + 5];
      const q = 1 - u * u - v * v - w * w;
      if (q <= 0) continue;
      let f = q * q * q;
      if (d[o + 9] !== 0) f *= x * d[o + 9];
      dx += f * d[o + 6];
      dy += f * d[o + 7];
      dz += f * d[o + 8];
    }
    out[0] = dx;
    out[1] = dy;
    out[2] = dz;
  }

  /** Where a point of the template lies in the person (fixed-point iteration of the inverse map). */
  personFromTemplate(template: Vec3): Vec3 {
    const out = new Float64Array(3);
    let p = template;
    for (let i = 0; i < 30; i++) {
      this.displacement(p[0], p[1], p[2], out);
      p = [template[0] + out[0], template[1] + out[1], template[2] + out[2]];
    }
    return p;
  }

  /** Where a point of the person lies in the template. */
  templateFromPerson(person: Vec3): Vec3 {
    const out = new Float64Array(3);
    this.displacement(person[0], person[1], person[2], out);
    return [person[0] - out[0], person[1] - out[1], person[2] - out[2]];
  }
}

/** Both sides of an off-midline displacement: mirrored in place and in its x component. */
function pair(centre: Vec3, radiiMm: Vec3, vectorMm: Vec3): readonly Bump[] {
  return [
    { centre, radiiMm, vectorMm },
    { centre: [-centre[0], centre[1], centre[2]], radiiMm, vectorMm: [-vectorMm[0], vectorMm[1], vectorMm[2]] },
  ];
}

function midline(y: number, z: number, radiiMm: Vec3, vectorMm: Vec3): readonly Bump[] {
  return [{ centre: [0, y, z], radiiMm, vectorMm }];
}

/** Moves both sides apart by `eachMm` at |x| = `atMm`. */
function spread(centre: Vec3, radiiMm: Vec3, atMm: number, eachMm: number): readonly Bump[] {
  return [{ centre, radiiMm, vectorMm: [eachMm, 0, 0], spreadMm: atMm }];
}

function bumpsOfShape(s: FaceShape): readonly Bump[] {
  const t = TEMPLATE;
  const eye = (s.eyeDistance - t.eyeDistance) / 2;
  const nose = s.noseLength - t.noseLength;
  const lip = s.upperLipLength - t.upperLipLength;
  // Measures in height are chained: a longer nose lowers the mouth, a longer lip the chin.
  const lower = -0.45 * nose - 1.4 * lip;
  return [
    ...spread([0, -10, 62], [400, 190, 120], 76, (s.headBreadth - t.headBreadth) / 2),
    ...midline(-105, 40, [170, 170, 200], [0, -(s.headLength - t.headLength), 0]),
    ...midline(0, 132, [220, 220, 150], [0, 0, s.headHeight - t.headHeight]),
    ...spread([0, 60, 50], [170, 70, 60], 58, 0.66 * (s.foreheadBreadth - t.foreheadBreadth)),
    ...midline(75, 92, [110, 90, 75], [0, s.foreheadSlope * 1.2, 0]),
    ...pair([20, 88, 37], [26, 30, 17], [0, s.browProtrusion, 0]),
    ...pair([28, 84, 40], [34, 30, 22], [0, 0, s.browHeight]),
    ...midline(95, 27, [20, 30, 24], [0, s.nasionDepth, 0]),
    ...pair([31, 74, 23], [27, 34, 24], [eye, 0, 0]),
    ...pair([32, 76, 23], [26, 34, 22], [0, -s.eyeDepth, 0]),
    ...midline(98, -20, [74, 84, 50], [0, 0, -nose]),
    ...midline(117, -8, [26, 32, 21], [0, (s.noseProtrusion - t.noseProtrusion) * 1.5, 0]),
    ...spread([0, 96, -16], [64, 34, 21], 18.6, 0.63 * (s.noseWidth - t.noseWidth)),
    ...midline(106, 8, [16, 26, 19], [0, s.noseHump, 0]),
    ...spread([0, 94, 10], [24, 34, 26], 9, s.noseBridgeWidth),
    ...midline(110, -10, [24, 26, 22], [0, 0, s.noseTipRotation]),
    ...spread([0, 107, -11], [22, 22, 15], 8, s.noseTipWidth),
    ...midline(86, -64, [100, 100, 48], [0, 0, lower]),
    ...spread([0, 88, -46], [90, 44, 26], 27, 0.67 * (s.mouthWidth - t.mouthWidth)),
    ...midline(102, -40, [30, 26, 13], [0, 0, 0.9 * (s.upperLipHeight - t.upperLipHeight)]),
    ...midline(99, -57, [30, 26, 14], [0, 0, -0.9 * (s.lowerLipHeight - t.lowerLipHeight)]),
    ...midline(98, -47, [36, 36, 27], [0, s.lipProtrusion, 0]),
    ...midline(98, -66, [30, 26, 15], [0, -s.mentolabialDepth, 0]),
    ...midline(88, -82, [48, 60, 42], [0, s.chinProtrusion, 0]),
    ...midline(74, -100, [110, 110, 62], [0, 0, -(s.chinHeight - t.chinHeight) * 1.2 + lower * 0.6]),
    ...spread([0, 80, -82], [50, 44, 30], 24, s.chinWidth),
    ...spread([0, 42, -4], [240, 75, 48], 71, 0.64 * (s.cheekboneBreadth - t.cheekboneBreadth)),
    ...pair([42, 72, 0], [28, 34, 24], [0.55 * s.cheekboneProminence, 0.84 * s.cheekboneProminence, 0]),
    ...pair([46, 55, -36], [36, 46, 34], [0.75 * s.cheekFullness, 0.6 * s.cheekFullness, 0]),
    ...spread([0, 20, -62], [200, 68, 46], 57.7, 0.65 * (s.jawBreadth - t.jawBreadth)),
    ...pair([50, 18, -64], [34, 44, 40], [0, 0, s.jawAngleHeight]),
    ...spread([0, -15, -130], [160, 120, 80], 58, s.neckBreadth),
    ...midline(52, -98, [44, 44, 36], [0, 0.4 * s.submentalFullness, -s.submentalFullness]),
    ...pair([78, -18, 2], [40, 60, 60], [0, 0, s.earHeight]),
    ...midline(109, -11, [26, 34, 34], [s.noseDeviation, 0, 0]),
    ...midline(84, -80, [70, 70, 50], [s.jawAsymmetry, 0, 0]),
    { centre: [26, 86, -47], radiiMm: [26, 30, 22], vectorMm: [0, 0, s.mouthSlant] },
    { centre: [-26, 86, -47], radiiMm: [26, 30, 22], vectorMm: [0, 0, -s.mouthSlant] },
  ];
}
