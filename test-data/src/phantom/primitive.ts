import type { Vec3 } from '@efface/volume';

/**
 * One ellipsoid of a sculpture. Coordinates are those of the head frame: x to the left, y to the front, z up, mm,
 * origin midway between the tragi, z = 0 the Frankfurt plane. A primitive off the midline stands for both sides.
 */
export interface Primitive {
  readonly name: string;
  /** `add` unites it with what came before, `carve` takes it away. */
  readonly op: 'add' | 'carve';
  /** Width of the rounded seam to what came before, mm. */
  readonly blendMm: number;
  readonly centre: Vec3;
  readonly radiiMm: Vec3;
  /** Rotation about x, then about z, degrees. */
  readonly pitchDeg?: number;
  readonly yawDeg?: number;
}

/** Rows of a primitive table: name, op, blend, centre, radii, pitch, yaw. */
export type PrimitiveRow = readonly [string, '+' | '-', number, Vec3, Vec3, number?, number?];

/** Primitives of a table. */
export function primitivesFromRows(rows: readonly PrimitiveRow[]): readonly Primitive[] {
  return rows.map(([name, op, blendMm, centre, radiiMm, pitchDeg = 0, yawDeg = 0]) => ({
    name, op: op === '+' ? 'add' : 'carve', blendMm, centre, radiiMm, pitchDeg, yawDeg,
  })); // prettier-ignore
}

/** Numbers per compiled primitive: centre 3, rotation 4, 1/r 3, op, blend. */
const STRIDE = 12;

const NONE = new Uint16Array(0);

/** Half diagonal of a cube over its half edge, times how much faster than distance a pseudo-distance may change. */
const SLACK = Math.sqrt(3) * 1.2;

/** A sculpture ready to be evaluated: an ordered list of primitives as one flat array. */
export class Sculpture {
  readonly #data: Float64Array;
  /** Lowest and highest corner of all boxes, each grown by its blend; x is |x|. */
  readonly #box = [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity];
  /** Of `nearBox`, which is called for every block of every sculpture. */
  readonly #distances: Float64Array;
  readonly #isNear: Uint8Array;
  /** Number of primitives. */
  readonly count: number;

  /** Primitives in the order in which they are united and carved. At least one, the first of them an `add`. */
  constructor(primitives: readonly Primitive[]) {
    if (primitives.length === 0 || primitives[0].op !== 'add')
      throw new RangeError('a sculpture starts with a primitive that adds');
    this.count = primitives.length;
    this.#data = new Float64Array(STRIDE * this.count);
    this.#distances = new Float64Array(this.count);
    this.#isNear = new Uint8Array(this.count);
    primitives.forEach((p, index) => {
      const d = this.#data.subarray(STRIDE * index, STRIDE * (index + 1));
      const pitch = ((p.pitchDeg ?? 0) * Math.PI) / 180;
      const yaw = ((p.yawDeg ?? 0) * Math.PI) / 180;
      const [c, s, cy, sy] = [Math.cos(pitch), Math.sin(pitch), Math.cos(yaw), Math.sin(yaw)];
      const [rx, ry, rz] = p.radiiMm;
      d.set(p.centre, 0);
      d.set([c, s, cy, sy], 3);
      d.set(p.radiiMm.map((radius) => 1 / radius), 7); // prettier-ignore
      d[10] = p.op === 'add' ? 1 : -1;
      d[11] = p.blendMm;
      // Half extents of an ellipsoid turned by Rz(yaw)·Rx(pitch): lengths of the rows of the rotation times radii.
      const extents = [
        Math.hypot(cy * rx, sy * c * ry, sy * s * rz),
        Math.hypot(sy * rx, cy * c * ry, cy * s * rz),
        Math.hypot(s * ry, c * rz),
      ];
      for (let axis = 0; axis < 3; axis++) {
        const half = extents[axis] + p.blendMm;
        this.#box[axis] = Math.min(this.#box[axis], p.centre[axis] - half);
        this.#box[3 + axis] = Math.max(this.#box[3 + axis], p.centre[axis] + half);
      }
    });
  }

  /**
   * Indices of the primitives that can matter in a box: those that at its centre are within reach of the band and of
   * what the primitives before them made, with the half diagonal of the box as slack on both. Near the surface inside
   * the box the sculpture of these is the whole one to a tenth of a millimetre.
   */
  nearBox(centre: Vec3, halfMm: number, bandMm: number): Uint16Array {
    const box = this.#box;
    const reach = halfMm + bandMm;
    if (Math.abs(centre[0]) - reach > box[3] || centre[1] - reach > box[4] || centre[1] + reach < box[1]) return NONE;
    if (centre[2] - reach > box[5] || centre[2] + reach < box[2]) return NONE;
    const slack = SLACK * halfMm;
    const distances = this.#distances;
    const isNear = this.#isNear;
    const ax = Math.abs(centre[0]);
    let out = 1e9;
    for (let index = 0; index < this.count; index++) {
      const e = this.#ellipsoid(STRIDE * index, ax, centre[1], centre[2]);
      const blend = this.#data[STRIDE * index + 11];
      const isAdded = this.#data[STRIDE * index + 10] > 0;
      distances[index] = e - slack;
      isNear[index] = (isAdded ? e - out : -out - e) < 2 * slack + blend ? 1 : 0;
      out = isAdded ? smoothMin(out, e, blend) : -smoothMin(-out, e, blend);
    }
    // What is out of the band itself still counts where a later primitive near here blends more widely with it.
    const near: number[] = [];
    let widest = 0;
    for (let index = this.count - 1; index >= 0; index--) {
      const blend = this.#data[STRIDE * index + 11];
      if (isNear[index] === 0 || distances[index] >= bandMm + Math.max(blend, widest)) continue;
      near.push(index);
      if (distances[index] < bandMm + blend) widest = Math.max(widest, blend);
    }
    return near.length === 0 ? NONE : Uint16Array.from(near.reverse());
  }

  /** Pseudo-distance to the primitive whose numbers begin at `o`, to first order a distance near its surface. */
  #ellipsoid(o: number, ax: number, y: number, z: number): number {
    const d = this.#data;
    const tx = ax - d[o];
    const ty = y - d[o + 1];
    const tz = z - d[o + 2];
    const u = d[o + 5] * tx + d[o + 6] * ty;
    const t = d[o + 5] * ty - d[o + 6] * tx;
    const su = u * d[o + 7];
    const sv = (d[o + 3] * t + d[o + 4] * tz) * d[o + 8];
    const sw = (d[o + 3] * tz - d[o + 4] * t) * d[o + 9];
    const k0 = Math.sqrt(su * su + sv * sv + sw * sw);
    const gu = su * d[o + 7];
    const gv = sv * d[o + 8];
    const gw = sw * d[o + 9];
    const k1 = Math.sqrt(gu * gu + gv * gv + gw * gw);
    // At the centre the quotient is 0/0; any point so deep is as deep as the smallest radius.
    return k1 > 1e-9 ? (k0 * (k0 - 1)) / k1 : -1 / Math.max(d[o + 7], d[o + 8], d[o + 9]);
  }

  /**
   * Signed distance (mm, negative inside) of a point to the sculpture of the primitives in `subset` (all of them
   * without it); `farMm` when none adds. Near the surface it is a distance to first order, far away only a bound.
   */
  distance(x: number, y: number, z: number, subset?: Uint16Array, farMm = 1e3): number {
    const d = this.#data;
    const n = subset === undefined ? this.count : subset.length;
    const ax = x < 0 ? -x : x;
    // Not farMm: a wide blend would round the first primitive off against it.
    let out = 1e9;
    for (let s = 0; s < n; s++) {
      const o = STRIDE * (subset === undefined ? s : subset[s]);
      const e = this.#ellipsoid(o, ax, y, z);
      const blend = d[o + 11];
      if (d[o + 10] > 0) {
        const h = blend - Math.abs(out - e);
        out = out < e ? out : e;
        if (h > 0) out -= (h * h) / (4 * blend);
      } else {
        const h = blend - Math.abs(out + e);
        out = out > -e ? out : -e;
        if (h > 0) out += (h * h) / (4 * blend);
      }
    }
    return out < farMm ? out : farMm;
  }
}

/** The smaller of two distances, rounded off where they differ by less than `blend` (quadratic, after I. Quilez). */
function smoothMin(a: number, b: number, blend: number): number {
  const h = Math.max(0, blend - Math.abs(a - b));
  return Math.min(a, b) - (h * h) / (4 * blend);
}
