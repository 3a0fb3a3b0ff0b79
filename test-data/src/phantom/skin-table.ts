import type { Vec3 } from '@efface/volume';
import { primitivesFromRows, type Primitive, type PrimitiveRow } from './primitive.ts';

/*
 * The skin of the template head, an average adult. Radii and places started from the anthropometric means named in
 * face-shape.ts and were then refined by least squares to the neutral face of the ICT-FaceKit morphable model
 * (MIT licence, copyright 2020 USC Institute for Creative Technologies), a synthetic person; nothing of that model
 * is needed or contained here. Eyes and auricles are modelled by hand.
 */

/** Face, cranium and neck, from the coarse to the fine. */
const SKIN_ROWS: readonly PrimitiveRow[] = [
  ['cranium-frontal', '+', 20, [0, 22.3, 46.5], [70.5, 71, 77.4], 13.1, 0],
  ['cranium-occipital', '+', 27.9, [0, -23.2, 57.6], [77.8, 71.5, 73.9], -28.5, 0],
  ['cranium-base', '+', 37.1, [0, -34.4, 9.4], [58.6, 50.8, 64.4], 20, 0],
  ['temporal', '+', 18.1, [49.2, 1.2, 16.8], [21.7, 54.6, 44.4], 17.8, -4],
  ['neck', '+', 48.1, [0, -20.5, -112.1], [56.5, 53.3, 106], -9.4, 0],
  ['trapezius', '+', 41.4, [33.5, -52, -189.9], [106.7, 54.4, 64.4], 12.6, 0.9],
  ['midface', '+', 15.9, [0, 34.3, -9.2], [69.1, 51.9, 62.8], -5.2, 0],
  ['zygoma', '+', 13.8, [44.2, 50, -4.6], [15.8, 24.3, 16.3], -13.3, -5.2],
  ['cheek', '+', 12.9, [37.2, 50.8, -29.1], [23.5, 35.3, 47], -3.6, 17],
  ['malar-fat', '+', 10.9, [22.3, 72.8, -16.4], [14.9, 14, 14.4], -3.7, -11.7],
  ['maxilla', '+', 7.6, [0, 64.8, -31.9], [44.2, 30.5, 14.3], 10.1, 0],
  ['mandible-body', '+', 13.1, [23.5, 47.5, -70], [18.8, 44.9, 16.3], 15.7, 3.6],
  ['gonion', '+', 29.8, [41.9, 18.5, -42.7], [11, 34.5, 18.4], 39.3, -4.1],
  ['chin', '+', 7.5, [0, 71.8, -79.5], [27.6, 25.8, 16.8], 3, 0],
  ['chin-lateral', '+', 8.9, [22.5, 65.4, -73.9], [13.7, 19.8, 11.4], 2, 27.5],
  ['submental', '+', 12.2, [0, 40.5, -81.8], [28.5, 63.5, 19], 21.1, 0],
  ['larynx', '+', 12.3, [0, 25.3, -110.3], [18.9, 19.3, 30.6], -1.6, 0],
  ['forehead-eminence', '+', 14.1, [17.9, 59.9, 59.7], [25.1, 19.8, 31.2], 14.4, -13.3],
  ['brow-medial', '+', 13.6, [13.7, 82.2, 45], [21.4, 8.9, 8.8], 0.4, -3.5],
  ['brow-lateral', '+', 13.7, [39.2, 66.9, 39.1], [14.4, 14.4, 9.5], 1.8, -34.4],
  ['temple-hollow', '-', 18.6, [93.6, 53.5, 38.8], [19.5, 44.8, 29.9], -11.4, 13.3],
  ['cheek-hollow', '-', 31.1, [86.8, 71, -45.2], [15.3, 43.8, 24.3], -21.5, 21.7],
  ['orbit', '-', 12.4, [28.1, 96.5, 22.9], [16.6, 19.1, 10.6], 14.3, -13.2],
  ['canthus-hollow', '-', 5.5, [15.7, 93.8, 22.6], [6.8, 9.6, 8.1], -0.1, 1.4],
  ['nasion-hollow', '-', 6.6, [0, 113.7, 27.8], [14.1, 15, 8.9], 3.1, 0],
  ['upper-lid-fullness', '+', 8.9, [37, 69.5, 30], [15, 10.6, 4.2], 5.9, -30],
  ['lower-lid-fullness', '+', 4.2, [29.5, 73, 13.1], [15.9, 10.5, 5.5], 12.3, -4.2],
  ['lids', '+', 2.9, [31, 63.5, 22.5], [13.9, 13.6, 13.7], 0, 0.1],
  ['nose-bridge', '+', 6.4, [0, 86.2, 17.2], [6.2, 11.8, 22.7], 29.1, 0],
  ['nose-dorsum', '+', 7.9, [0, 96.2, 2.2], [10.4, 11.1, 26.6], 49.5, 0],
  ['nose-tip', '+', 6.1, [0, 108.1, -9.7], [10.8, 10, 6.8], -22.3, 0],
  ['tip-dome', '+', 4, [9.5, 102.6, -11.3], [5.4, 8.8, 5.7], -9.8, 4.9],
  ['nose-side', '+', 6.2, [14.7, 88.2, -6.4], [4.6, 12.8, 10.9], 5.8, 33.2],
  ['ala', '+', 2.9, [12.9, 95.8, -15.6], [5.8, 10.6, 5.7], 15.5, -1.5],
  ['columella', '+', 4.1, [0, 101.6, -20.3], [4.6, 11.3, 3.8], 12, 0],
  ['upper-lip', '+', 7, [0, 89.5, -29.6], [16.6, 14.8, 10.9], -7.7, 0],
  ['philtrum', '-', 3.1, [0, 108.1, -32.2], [3.1, 4.7, 9.2], 2.6, 0],
  ['upper-vermilion', '+', 3.1, [5, 99.6, -40.2], [16.5, 5.6, 7], -6.4, -17],
  ['upper-vermilion-lateral', '+', 3.9, [20.9, 91.6, -38.2], [15.3, 4.6, 9.2], 4.4, -35.3],
  ['lower-vermilion', '+', 4, [5.9, 97.9, -54.9], [13.5, 5.5, 8], -12, -17.7],
  ['lower-vermilion-lateral', '+', 3.3, [19.3, 89.3, -53.7], [10.2, 4.9, 4.8], 15.9, -41],
  ['modiolus', '+', 7.5, [32.4, 75.9, -45], [6.8, 11.9, 13.4], -8.5, 23.5],
  ['mentolabial', '-', 6.9, [0, 105.5, -64.9], [22.8, 7.3, 5.4], -1.9, 0],
  ['nasolabial', '-', 4.4, [26.9, 104.7, -37.9], [4.8, 9.1, 12.2], -1.9, 2.2],
  ['submental-hollow', '-', 19.2, [0, 70.5, -124.6], [57.7, 35.4, 19], 17.6, 0],
  ['marionette', '-', 5.4, [31.6, 95.3, -65.5], [5.2, 8.3, 8.8], -0.6, 5],
  // By hand: the mouth closed behind the lips, its line, and the nostrils.
  ['lip-seal', '+', 3, [0, 84, -47.3], [30, 15, 8]],
  ['mouth-line', '-', 1.5, [0, 105.5, -47.5], [20, 4, 1.3]],
  ['mouth-line-lateral', '-', 1.5, [19, 98.5, -47.8], [11, 3.4, 1.2], 0, -38],
  ['nostril-opening', '-', 1.8, [6.9, 100, -20.6], [2.9, 5, 4.4], 24],
];

/** Centre of the left eyeball in the head frame, mm. */
export const EYE_CENTRE = [31.2, 70.2, 22.8] as const;

/** Radius of the eyeball, mm (axial length 24 mm). */
export const EYE_RADIUS_MM = 12.1;

/** Cuts of the lid opening: place along its length, drop, half length, half height as shares of its size, depth in mm. */
const ALMOND = [
  [-0.1, 0, 0.34, 0.42, 9.5],
  [0.1, 0.02, 0.34, 0.4, 9.5],
  [-0.36, 0.08, 0.15, 0.2, 7],
  [0.36, 0.04, 0.13, 0.17, 9],
] as const;

/** Lids over the eyeball, cut open to an almond of the given length, height and slant. */
export function eyePrimitives(lengthMm: number, heightMm: number, slantDeg: number): readonly Primitive[] {
  const [x, y, z] = EYE_CENTRE;
  const r = EYE_RADIUS_MM;
  const tilt = Math.tan((slantDeg * Math.PI) / 180);
  const rows: PrimitiveRow[] = [['lid-shell', '+', 4, [x, y - 0.2, z], [r + 1.7, r + 1.5, r + 1.5]]];
  // Overlapping cuts, shifted along the slant and thinner towards the corners, make the almond.
  for (const [along, down, length, height, deep] of ALMOND) {
    const dx = along * lengthMm;
    const centre: Vec3 = [x - 0.3 + dx, y + 13, z - 0.3 + dx * tilt - down * heightMm];
    rows.push(['lid-opening', '-', 0.8, centre, [length * lengthMm, deep, height * heightMm], 0, -10]);
  }
  rows.push(['eyeball', '+', 0.3, [x, y, z], [r, r, r]], ['cornea', '+', 0.4, [x, y + 4.9, z], [7.8, 7.8, 7.8]]);
  return primitivesFromRows(rows);
}

/** Where the auricle joins the head, just behind the tragus. */
const EAR_ROOT = [69, -4, 2] as const;
const EAR_LEAN_DEG = 10;
const EAR_LEAN = [Math.cos((EAR_LEAN_DEG * Math.PI) / 180), Math.sin((EAR_LEAN_DEG * Math.PI) / 180)] as const;

/**
 * An auricle: helix, antihelix, concha, tragus, lobe. `scale` is its size as a ratio, `protrusionDeg` the angle
 * between auricle and head.
 */
export function earPrimitives(scale: number, protrusionDeg: number): readonly Primitive[] {
  const yaw = protrusionDeg;
  const c = Math.cos((yaw * Math.PI) / 180);
  const s = Math.sin((yaw * Math.PI) / 180);
  // (out, back, up) of the auricle's own plane to the head frame.
  const place = (out: number, back: number, up: number): Vec3 => [
    EAR_ROOT[0] + scale * (out * c + back * s),
    EAR_ROOT[1] + scale * (out * s - back * c),
    EAR_ROOT[2] + scale * up,
  ];
  const row = (name: string, op: '+' | '-', blend: number, at: Vec3, radii: Vec3, pitch = 0): PrimitiveRow => {
    const [u, v, w] = radii;
    // The upper end leans back.
    const [back, up] = [at[1] * EAR_LEAN[0] + at[2] * EAR_LEAN[1], at[2] * EAR_LEAN[0] - at[1] * EAR_LEAN[1]];
    return [name, op, blend, place(at[0], back, up), [u * scale, v * scale, w * scale], pitch + EAR_LEAN_DEG, yaw];
  };
  const rows: PrimitiveRow[] = [
    row('auricle', '+', 5, [0, 13, 5], [3, 14, 25]),
    row('auricle-root', '+', 6, [-4, 5, 2], [5, 8, 20]),
    row('scapha', '-', 2.5, [5.6, 13.5, 9], [4.6, 10.5, 18.5]),
  ];
  // The helix runs from its crus at the front over the top and down the back towards the lobe.
  const steps = 12;
  const at = (t: number): readonly [number, number] => {
    const angle = Math.PI * (-0.12 + 1.44 * t);
    return [13.5 - 14 * Math.cos(angle) - 1.5 * Math.sin(angle), 5 + 25.5 * Math.sin(angle)];
  };
  for (let i = 0; i < steps; i++) {
    const [b0, u0] = at(i / steps);
    const [b1, u1] = at((i + 1) / steps);
    const half = Math.hypot(b1 - b0, u1 - u0) / 2;
    // Pitch turns the front towards up.
    const pitch = (Math.atan2(u1 - u0, -(b1 - b0)) * 180) / Math.PI;
    const thick = i < 2 ? 2 : 2.8;
    rows.push(
      row('helix', '+', 2, [i < 2 ? 1.5 : 3.2, (b0 + b1) / 2, (u0 + u1) / 2], [thick, half + 2.4, thick], pitch),
    );
  }
  rows.push(
    row('antihelix', '+', 2.5, [2.2, 19, 2], [2.6, 3, 14], 6),
    row('antihelix-crus', '+', 3, [1.8, 13.5, 16], [2.2, 3, 8], 50),
    row('concha', '-', 2.5, [4.5, 8.5, -3], [7, 7, 9.5], 6),
    row('lobe', '+', 5, [0.5, 8.5, -21], [2.8, 7.5, 9.5]),
    row('antitragus', '+', 2.5, [2.4, 11.5, -13.5], [2.6, 4, 3]),
    row('tragus', '+', 3, [2.5, 0, -4], [2.6, 4, 5.5]),
    row('incisura', '-', 1.5, [5, 5, -12], [4, 2.2, 3.5]),
    row('ear-canal', '-', 1, [-4, 5, -3], [9, 3.4, 3.6]),
  );
  return primitivesFromRows(rows);
}

/** The skin without eyes and auricles. */
export function skinPrimitives(): readonly Primitive[] {
  return primitivesFromRows(SKIN_ROWS);
}

/** The smooth vault of the head, for what lies parallel to it: scalp, skull, dura. */
export function vaultPrimitives(): readonly Primitive[] {
  const vault = new Set(['cranium-frontal', 'cranium-occipital', 'cranium-base', 'temporal', 'forehead-eminence']);
  return primitivesFromRows(SKIN_ROWS).filter((p) => vault.has(p.name));
}
