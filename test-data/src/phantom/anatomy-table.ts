import type { Vec3 } from '@efface/volume';
import { primitivesFromRows, type PrimitiveRow } from './primitive.ts';
import { EYE_CENTRE, EYE_RADIUS_MM } from './skin-table.ts';

/*
 * What lies under the skin of the template, in the head frame (mm). Sizes follow the usual textbook figures named
 * beside them; everything is an ellipsoid or a chain of them, on both sides where it is off the midline.
 */

/** Bodies of a chain: ellipsoids of the given half width and half height between successive points (x ≥ 0). */
function chain(name: string, points: readonly Vec3[], halfX: number, halfZ: number, blend = 3): PrimitiveRow[] {
  const rows: PrimitiveRow[] = [];
  for (let i = 0; i + 1 < points.length; i++) {
    const [a, b] = [points[i], points[i + 1]];
    const d = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
    const level = Math.hypot(d[0], d[1]);
    const centre: Vec3 = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
    const yaw = (Math.atan2(-d[0], d[1]) * 180) / Math.PI;
    const pitch = (Math.atan2(d[2], level) * 180) / Math.PI;
    rows.push([name, '+', blend, centre, [halfX, Math.hypot(level, d[2]) / 2 + halfX * 0.8, halfZ], pitch, yaw]);
  }
  return rows;
}

/** Dental arch, upper: centres of the crowns of one side from the midline back (x, y). */
const ARCH: readonly (readonly [number, number])[] = [
  [4.1, 89], [11.3, 87], [18, 83], [22.8, 76.5], [25.8, 69.4], [28.3, 60.8], [30, 51],
]; // prettier-ignore

/** Half sizes of the crowns across and along the arch, mm (incisors to second molar). */
const CROWNS: readonly (readonly [number, number])[] = [
  [4.1, 3], [3.3, 3], [3.7, 3.6], [3.4, 4.2], [3.3, 4.4], [5, 5.2], [4.8, 5],
]; // prettier-ignore

function arch(inset: number, z: number): Vec3[] {
  return ARCH.map(([x, y]) => [Math.max(0, x - inset * 0.5), y - inset, z]);
}

function teeth(): PrimitiveRow[] {
  const rows: PrimitiveRow[] = [];
  ARCH.forEach(([x, y], i) => {
    const next = ARCH[Math.min(i + 1, ARCH.length - 1)];
    const previous = ARCH[Math.max(i - 1, 0)];
    const turn = i === 0 ? 0 : (Math.atan2(-(next[0] - previous[0]), next[1] - previous[1]) * 180) / Math.PI - 90;
    const [w, d] = CROWNS[i];
    // Lower teeth are smaller and stand inside the upper ones.
    rows.push(['upper-tooth', '+', 0.3, [x, y, -44.6], [w, d, 5.6], 0, turn]);
    rows.push(['upper-root', '+', 1, [x, y - 0.8, -36.5], [w * 0.7, d * 0.75, 9], 0, turn]);
    rows.push(['lower-tooth', '+', 0.3, [x * 0.92, y - 3, -54.6], [w * 0.82, d * 0.85, 5.2], 0, turn]);
    rows.push(['lower-root', '+', 1, [x * 0.92, y - 3.6, -62.5], [w * 0.6, d * 0.65, 8.5], 0, turn]);
  });
  return rows;
}

/** Vertebra C1–C6 `level` = 0…5 along the lordotic neck. */
function spineCentre(level: number): Vec3 {
  return [0, -2 - 7 * Math.sin((level / 5) * Math.PI) * -1 - level * 2.4, -34 - 17.5 * level];
}

function vertebrae(): PrimitiveRow[] {
  const rows: PrimitiveRow[] = [];
  for (let level = 0; level < 7; level++) {
    const [, y, z] = spineCentre(level);
    rows.push(['vertebral-body', '+', 2, [0, y, z], [10.5, 8, 7]]);
    rows.push(['transverse-process', '+', 3, [17, y - 8, z], [9, 5, 4.5], 0, 20]);
    rows.push(['lamina', '+', 3, [10, y - 22, z - 2], [4.5, 9, 5], 0, -42]);
    rows.push(['spinous-process', '+', 3, [0, y - 36, z - 5], [3.5, 11, 4.5], 14]);
  }
  rows.push(['dens', '+', 2, [0, -1, -22], [5, 5, 11]]);
  return rows;
}

function discs(): PrimitiveRow[] {
  return Array.from({ length: 5 }, (_, i): PrimitiveRow => {
    const a = spineCentre(i + 1);
    const b = spineCentre(i + 2);
    return ['disc', '+', 1, [0, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2], [9.5, 7.5, 2.4]];
  });
}

function cord(): PrimitiveRow[] {
  const rows: PrimitiveRow[] = [];
  for (let level = 0; level < 8; level++) {
    const [, y, z] = spineCentre(level - 0.5);
    rows.push(['cord', '+', 3, [0, y - 16, z], [5.5, 4, 12]]);
  }
  return rows;
}

function canal(): PrimitiveRow[] {
  return cord().map(([, op, blend, centre]): PrimitiveRow => ['canal', op, blend, centre, [9, 7.5, 13]]);
}

const [EX, EY, EZ] = EYE_CENTRE;

const ROWS = {
  /** Floor of the cranial cavity: fossae of the base, the cavity being above. */
  cavity: [
    ['supratentorial', '+', 8, [0, -6, 96], [260, 280, 66]],
    ['middle-fossa', '+', 7, [35, 14, 28], [27, 32, 28]],
    ['posterior-fossa', '+', 8, [0, -46, 8], [58, 46, 38]],
    ['clivus', '+', 7, [0, -2, 4], [19, 18, 32]],
    ['sella', '+', 3, [0, 27, 18], [7, 6, 7]],
    ['petrous-ridge', '-', 8, [44, -12, 2], [30, 10, 9], 0, 32],
    ['orbital-roof', '-', 8, [30, 66, 24], [20, 30, 17]],
  ],
  faceBone: [
    ['frontal-process', '+', 4, [13, 84, 12], [5, 6, 17], -12],
    ['nasal-bone', '+', 3, [4, 91, 19], [4, 5, 13], 24],
    ['supraorbital-rim', '+', 5, [28, 77, 37], [24, 9, 6], 0, -12],
    ['glabella', '+', 6, [0, 86, 38], [18, 9, 10]],
    ['lateral-rim', '+', 4, [47, 64, 22], [6, 8, 18]],
    ['infraorbital-rim', '+', 4, [30, 75, 5], [17, 6, 5], 0, -20],
    ['zygoma', '+', 6, [46, 62, -4], [13, 11, 10], 0, -25],
    ['zygomatic-arch', '+', 4, [60, 34, -2], [3, 27, 5], 0, 15],
    ['maxilla', '+', 6, [20, 68, -14], [20, 18, 21]],
    ['alveolar-upper', '+', 4, [0, 84, -33], [16, 6, 9]],
    ...chain('alveolar-upper', arch(1, -34), 5.5, 9),
    ['palate', '+', 4, [0, 62, -30], [25, 27, 3]],
    ['pterygoid', '+', 3, [14, 37, -20], [3.5, 7, 17]],
    ['orbit-wall', '+', 5, [30, 52, 22], [22, 20, 19]],
    ['sphenoid', '+', 6, [0, 34, 8], [18, 16, 13]],
    ['greater-wing', '+', 6, [38, 40, 14], [14, 10, 16], 0, 30],
    ['occipital-condyle', '+', 5, [13, -12, -25], [7, 11, 7]],
    ['clivus', '+', 6, [0, 12, -8], [12, 8, 16], 30],
    ['petrous', '+', 6, [38, -6, -2], [27, 9, 10], 0, 30],
    ['mastoid', '+', 6, [56, -18, -16], [11, 13, 19]],
    ['orbit', '-', 3, [EX - 1, 66, EZ], [18.5, 24, 17], 0, -16],
    ['orbit-apex', '-', 6, [21, 48, EZ], [9, 16, 9], 0, -30],
    ['hyoid', '+', 2, [10, 38, -90], [12, 4, 3.5], 0, 40],
  ],
  mandible: [
    ['symphysis', '+', 5, [0, 79.5, -77], [15, 6.5, 15]],
    ...chain(
      'mandible-body',
      [
        [10, 79, -77],
        [24, 68, -75],
        [36, 49, -70],
        [44, 27, -62],
      ],
      5.5,
      12.5,
      6,
    ),
    ['mandible-angle', '+', 6, [46, 17, -52], [4.5, 16, 17]],
    ['ramus', '+', 6, [48, 18, -32], [4, 14, 27], 8],
    ['condyle', '+', 4, [50, 9, -8], [8, 4.5, 7]],
    ['coronoid', '+', 5, [48, 29, -14], [3.5, 6, 12]],
    ['alveolar-lower', '+', 4, [0, 80.5, -63], [15, 5.5, 9]],
    ...chain('alveolar-lower', arch(3.5, -64), 5, 9),
  ],
  teeth: teeth(),
  airway: [
    ['nasal-cavity', '+', 3, [6, 66, -5], [5, 27, 20]],
    ['nasal-valve', '+', 4, [6, 90, -10], [3.6, 9, 13], 30],
    ['vestibule', '+', 3, [6.6, 97.5, -14], [2.8, 4.5, 5.5], 24],
    ['middle-turbinate', '-', 1.5, [8, 62, 2], [2.2, 20, 4]],
    ['inferior-turbinate', '-', 1.5, [8, 64, -15], [2.8, 24, 5]],
    ['nasopharynx', '+', 5, [0, 30, -18], [12, 9, 15]],
    ['oropharynx', '+', 8, [0, 24, -50], [12, 6.5, 26]],
    ['laryngopharynx', '+', 8, [0, 22, -86], [9, 7, 18]],
    ['larynx', '+', 5, [0, 24, -106], [6, 9, 14]],
    ['trachea', '+', 6, [0, 20, -160], [8.5, 8.5, 52]],
    ['mouth', '+', 3, [0, 60, -37.5], [17, 24, 2.4]],
    ['maxillary-sinus', '+', 3, [28, 62, -9], [12, 15, 15]],
    ['ethmoid', '+', 2, [8, 64, 20], [5.5, 19, 8]],
    ['sphenoid-sinus', '+', 2, [6.5, 35, 8], [6.5, 10, 7]],
    ['frontal-sinus', '+', 2, [10, 85, 40], [10, 4, 9]],
    ['mastoid-cells', '+', 2, [56, -17, -12], [6.5, 8, 11]],
    ['ear-canal', '+', 2, [60, -5, 0], [14, 3.2, 3.6], 0, 0],
    ['middle-ear', '+', 2, [45, -5, 1], [3, 4, 6]],
  ],
  septum: [['septum', '+', 1, [0, 72, -5], [1.3, 36, 22]]],
  oralCavity: [['oral-cavity', '+', 1, [0, 62, -47], [24, 25, 14.5]]],
  tongue: [
    ['tongue-body', '+', 6, [0, 60, -51], [23, 27, 12.5]],
    ['tongue-base', '+', 8, [0, 40, -62], [17, 13, 22]],
  ],
  orbitFat: [
    ['orbit', '+', 4, [EX - 1, 66, EZ], [17.5, 23, 16], 0, -16],
    ['apex', '+', 6, [21, 48, EZ], [8, 15, 8], 0, -30],
  ],
  eyeMuscle: [
    ['rectus-medial', '+', 1, [17.5, 58, EZ], [1.9, 18, 4.5], 0, -14],
    ['rectus-lateral', '+', 1, [38, 56, EZ], [1.9, 19, 4.5], 0, -36],
    ['rectus-superior', '+', 1, [27.5, 58, EZ + 11.5], [4.5, 18, 1.8], 4, -22],
    ['rectus-inferior', '+', 1, [27.5, 58, EZ - 11.5], [4.5, 18, 1.8], -4, -22],
  ],
  eye: [
    ['globe', '+', 0.3, [EX, EY, EZ], [EYE_RADIUS_MM, EYE_RADIUS_MM, EYE_RADIUS_MM]],
    ['cornea', '+', 0.4, [EX, EY + 4.9, EZ], [7.8, 7.8, 7.8]],
  ],
  lens: [['lens', '+', 0.5, [EX, EY + 7.2, EZ], [4.7, 2.1, 4.7]]],
  opticNerve: chain(
    'optic-nerve',
    [
      [30.5, 58.6, 23],
      [21, 46, 22.5],
      [8, 30, 26],
    ],
    2.3,
    2.3,
    2,
  ),
  chiasm: [
    ['chiasm', '+', 2, [0, 26, 27], [9, 5, 3]],
    ['tract', '+', 3, [11, 17, 27], [2.4, 12, 2.6], 0, 36],
  ],
  muscle: [
    ['masseter', '+', 4, [54, 26, -36], [6, 15, 28], 14],
    ['temporalis', '+', 4, [60, 28, 26], [7, 32, 34]],
    ['pterygoid-medial', '+', 4, [36, 24, -36], [6, 9, 24]],
    ['pterygoid-lateral', '+', 4, [34, 26, -12], [12, 14, 7]],
    ['sternomastoid', '+', 4, [46, -8, -78], [8, 14, 62], 14],
    ['neck-back', '+', 8, [20, -56, -84], [30, 26, 84]],
    ['prevertebral', '+', 6, [10, 8, -90], [11, 7, 70]],
    ['scalene', '+', 6, [30, -16, -120], [14, 14, 50]],
    ['mouth-floor', '+', 6, [0, 56, -72], [26, 26, 9], 8],
    ['digastric', '+', 4, [18, 50, -84], [5, 28, 4], 6],
    ['strap', '+', 4, [9, 36, -112], [8, 5, 32]],
    ['buccinator', '+', 4, [36, 60, -44], [4, 20, 16], 0, 12],
    ['pharynx-wall', '+', 8, [0, 26, -54], [19, 12, 48]],
    ['orbicularis-oris', '+', 5, [0, 91, -47], [28, 9, 15]],
    ['orbicularis-oculi', '+', 3, [32, 75, 23], [22, 5, 18], 0, -22],
    ['mentalis', '+', 4, [0, 86, -76], [16, 6, 12]],
    ['zygomaticus', '+', 4, [40, 66, -24], [5, 6, 24], -24],
    ['frontalis', '+', 6, [26, 80, 58], [26, 8, 26], 12],
  ],
  deepFat: [
    ['buccal', '+', 5, [42, 48, -26], [8, 14, 14]],
    ['parapharyngeal', '+', 4, [24, 20, -34], [5, 8, 20]],
    ['infratemporal', '+', 4, [44, 40, 2], [7, 10, 12]],
    ['carotid-space', '+', 5, [30, 4, -84], [8, 9, 46]],
    ['retromandibular', '+', 4, [46, 4, -56], [8, 8, 14]],
    ['posterior-triangle', '+', 6, [44, -38, -100], [10, 14, 44]],
    ['submental', '+', 5, [0, 62, -92], [16, 20, 8]],
    ['nuchal', '+', 4, [0, -56, -80], [3, 24, 70]],
  ],
  cartilage: [
    ['septal-cartilage', '+', 2, [0, 96, 0], [1.6, 12, 16], 24],
    ['alar-cartilage', '+', 2, [7, 102, -12], [3, 6, 4]],
    ['thyroid', '+', 3, [9, 32, -104], [9, 3, 13], 0, 35],
    ['cricoid', '+', 3, [0, 24, -124], [11, 11, 5]],
  ],
  parotid: [
    ['parotid', '+', 5, [56, 4, -28], [9, 15, 24], 8],
    ['parotid-deep', '+', 5, [47, -2, -30], [9, 8, 16]],
  ],
  submandibular: [['submandibular', '+', 4, [30, 34, -78], [8, 14, 10], 10]],
  spine: vertebrae(),
  discs: discs(),
  canal: canal(),
  cord: cord(),
  ventricles: [
    ['frontal-horn', '+', 3, [9, 30, 46], [5.5, 15, 8], -18, 12],
    ['body', '+', 4, [9, 4, 53], [5, 26, 6], 6],
    ['atrium', '+', 4, [20, -28, 44], [6, 12, 9], 34, 34],
    ['occipital-horn', '+', 4, [22, -46, 37], [4, 16, 6], 10],
    ['temporal-horn', '+', 4, [31, -4, 24], [3.4, 24, 4], -14, -6],
    ['third', '+', 1, [0, 8, 36], [2.4, 14, 9]],
    ['aqueduct', '+', 1, [0, -13, 20], [1.2, 3, 12], -20],
    ['fourth', '+', 2, [0, -17, 2], [7, 5, 10], -12],
  ],
  deepGrey: [
    ['thalamus', '+', 2, [10, 0, 40], [8, 15, 9], 0, -14],
    ['lentiform', '+', 2, [24, 12, 38], [7, 20, 11], 0, -10],
    ['caudate', '+', 2, [14, 27, 47], [5, 11, 8], -20],
  ],
  callosum: [['callosum', '+', 4, [0, 4, 46], [40, 42, 19]]],
  brainstem: [
    ['midbrain', '+', 5, [0, -3, 22], [16, 12, 12]],
    ['pons', '+', 6, [0, 3, 4], [16, 12, 14]],
    ['medulla', '+', 6, [0, -8, -15], [9, 7.5, 18], -14],
  ],
  cerebellum: [
    ['hemisphere', '+', 5, [25, -48, 3], [33, 34, 27]],
    ['vermis', '+', 5, [0, -44, 6], [14, 30, 23]],
    ['tonsil', '+', 4, [9, -32, -14], [7, 9, 10]],
  ],
  sylvian: [['sylvian', '+', 4, [50, 16, 33], [20, 34, 2], 18]],
  target: [['target', '+', 3, [14, 36, -56], [13, 13, 16]]],
} as const satisfies Record<string, readonly PrimitiveRow[]>;

/** Names of the inner organs. */
export type OrganName = keyof typeof ROWS;

/** Names of all organs. */
export const ORGAN_NAMES = Object.keys(ROWS) as readonly OrganName[];

/** Primitives of one organ of the template. */
export function organPrimitives(name: OrganName): ReturnType<typeof primitivesFromRows> {
  return primitivesFromRows(ROWS[name]);
}
