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
  ['upper-lid-fullness', '+', 8.9, [39.7, 67.7, 30], [18.2, 10.6, 4.2], 5.9, -34.8],
  ['lower-lid-fullness', '+', 4.2, [29.5, 73, 13.1], [15.9, 10.5, 5.5], 12.3, -4.2],
  ['lids', '+', 2.9, [31, 63.5, 22.5], [13.9, 13.6, 13.7], 0, 0.1],
  ['nose-bridge', '+', 6.4, [0, 86.2, 17.2], [6.2, 11.8, 22.7], 29.1, 0],
  ['nose-dorsum', '+', 7.9, [0, 96.2, 2.2], [10.4, 11.1, 26.6], 49.5, 0],
  ['nose-tip', '+', 6.1, [0, 108.1, -9.7], [10.8, 10, 6.8], -22.3, 0],
  ['tip-dome', '+', 4, [9.5, 102.6, -11.3], [5.4, 8.8, 5.7], -9.8, 4.9],
  ['nose-side', '+', 6.2, [14.7, 88.2, -6.4], [4.6, 12.8, 10.9], 5.8, 33.2],
  ['ala', '+', 2.9, [12.9, 95.8, -15.6], [5.8, 10.6, 5.7], 15.5, -1.5],
  ['columella', '+', 4.1, [0, 101.6, -20.3], [4.6, 11.3, 3.8], 12, 0],
  ['nostril', '-', 2.4, [7.7, 99.3, -26.7], [3.4, 5.9, 3.9], -0.3, -0.3],
  ['upper-lip', '+', 7, [0, 89.5, -29.6], [16.6, 14.8, 10.9], -7.7, 0],
  ['philtrum', '-', 3.1, [0, 108.1, -32.2], [3.1, 4.7, 9.2], 2.6, 0],
  ['upper-vermilion', '+', 3.1, [3.9, 100.7, -39], [12, 5.2, 6.7], -6.4, -12.4],
  ['upper-vermilion-lateral', '+', 3.9, [20.9, 91.6, -38.2], [15.3, 4.6, 9.2], 4.4, -35.3],
  ['lower-vermilion', '+', 4, [5.9, 97.9, -54.9], [13.5, 5.5, 8], -12, -17.7],
  ['lower-vermilion-lateral', '+', 3.3, [19.3, 89.3, -53.7], [10.2, 4.9, 4.8], 15.9, -41],
  ['modiolus', '+', 7.5, [32.4, 75.9, -45], [6.8, 11.9, 13.4], -8.5, 23.5],
  ['mentolabial', '-', 6.9, [0, 105.5, -64.9], [22.8, 7.3, 5.4], -1.9, 0],
  ['nasolabial', '-', 4.4, [26.9, 104.7, -37.9], [4.8, 9.1, 12.2], -1.9, 2.2],
  ['submental-hollow', '-', 19.2, [0, 70.5, -124.6], [57.7, 35.4, 19], 17.6, 0],
  ['marionette', '-', 5.4, [31.6, 95.3, -65.5], [5.2, 8.3, 8.8], -0.6, 5],
];

/** Centre of the left eyeball in the head frame, mm. */
export const EYE_CENTRE = [31.2, 70.2, 22.8] as const;

/** Radius of the eyeball, mm (axial length 24 mm). */
export const EYE_RADIUS_MM = 12.1;

/** Lids of `lidMm` over the eyeball, cut open to an almond of the given length, height and slant. */
export function eyePrimitives(lengthMm: number, heightMm: number, slantDeg: number): readonly Primitive[] {
  const [x, y, z] = EYE_CENTRE;
  const r = EYE_RADIUS_MM;
  const rows: PrimitiveRow[] = [
    ['lid-shell', '+', 3, [x, y, z], [r + 1.6, r + 1.6, r + 1.4]],
    // The fold of the upper lid.
    ['lid-fold', '-', 1.6, [x + 1, y + 12.4, z + 8.6], [11, 5, 0.9], 0, -14],
  ];
  // The opening: three overlapping cuts, the outer ones thinner and shifted along the slant, make the almond.
  const tilt = Math.tan((slantDeg * Math.PI) / 180);
  for (const [offset, share] of [
    [-0.3, 0.62],
    [0, 1],
    [0.3, 0.72],
  ] as const) {
    const dx = offset * lengthMm;
    rows.push([
      'lid-opening', '-', 0.7,
      [x - 0.4 + dx, y + 14 - 0.16 * Math.abs(dx), z - 0.6 + dx * tilt],
      [lengthMm * (offset === 0 ? 0.34 : 0.26), 9, (heightMm / 2) * share], 0, offset === 0 ? -12 : -12,
    ]); // prettier-ignore
  }
  rows.push(['eyeball', '+', 0.3, [x, y, z], [r, r, r]], ['cornea', '+', 0.4, [x, y + 4.9, z], [7.8, 7.8, 7.8]]);
  return primitivesFromRows(rows);
}

/** Where the auricle joins the head, just behind the tragus. */
const EAR_ROOT = [69, -4, 2] as const;

/**
 * An auricle: helix, antihelix, concha, tragus, lobe. `scale` is its size as a ratio, `protrusionDeg` the angle
 * between auricle and head.
 */
export function earPrimitives(scale: number, protrusionDeg: number): readonly Primitive[] {
  const yaw = protrusionDeg;
  const c = Math.cos((yaw * Math.PI) / 180);
  const s = Math.sin((yaw * Math.PI) / 180);
  // (out, back, up) of the auricle's own plane to the head frame.
  const place = (out: number, back: number, up: number): [number, number, number] => [
    EAR_ROOT[0] + scale * (out * c + back * s),
    EAR_ROOT[1] + scale * (out * s - back * c),
    EAR_ROOT[2] + scale * up,
  ];
  const row = (
    name: string, op: '+' | '-', blend: number, at: [number, number, number], radii: [number, number, number], pitch = 0,
  ): PrimitiveRow => [name, op, blend, place(...at), radii.map((r) => r * scale) as [number, number, number], pitch, yaw]; // prettier-ignore
  const rows: PrimitiveRow[] = [
    row('auricle', '+', 5, [0.5, 13, 4], [3.2, 15, 27], 12),
    row('scapha', '-', 2.5, [5.5, 13.5, 8], [4.4, 10.5, 19], 12),
  ];
  // The helix runs from the crus over the top and down the back to the lobe.
  const steps = 11;
  const at = (t: number): [number, number] => {
    const angle = Math.PI * (1.02 - 1.32 * t);
    return [13.5 - 14.5 * Math.cos(angle) * -1 * -1 + 3 * Math.sin(angle), 6 + 26 * Math.sin(angle)];
  };
  for (let i = 0; i < steps; i++) {
    const [b0, u0] = at(i / steps);
    const [b1, u1] = at((i + 1) / steps);
    const half = Math.hypot(b1 - b0, u1 - u0) / 2;
    const pitch = (Math.atan2(u1 - u0, -(b1 - b0)) * 180) / Math.PI;
    rows.push(row('helix', '+', 1.6, [3.2, (b0 + b1) / 2, (u0 + u1) / 2], [2.9, half + 2.6, 2.7], pitch));
  }
  rows.push(
    row('antihelix', '+', 2, [2.6, 18.5, 4], [2.6, 3, 15], 8),
    row('antihelix-crus', '+', 2, [2.2, 13.5, 17], [2.2, 7, 3], -50),
    row('concha', '-', 2, [4.5, 8.5, -2], [6.5, 7.5, 10], 10),
    row('lobe', '+', 3, [2, 6, -25], [3.2, 7.5, 9], -12),
    row('antitragus', '+', 1.6, [3, 11, -14.5], [3, 4, 3.4]),
    row('tragus', '+', 2.2, [3, -1.5, -4], [3, 4, 6]),
    row('incisura', '-', 1.2, [4.5, 4, -12.5], [4, 2.6, 4]),
    row('ear-canal', '-', 1, [-4, 4.5, -3], [9, 3.4, 3.6]),
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
