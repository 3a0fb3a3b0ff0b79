import { type HeadAnatomy } from '@efface/anatomy';
import { type DepthWindow, depthWindow } from '@efface/kernels';
import { add, dot, scale, subtract, type Vec3 } from '@efface/volume';

/** A window on the head and the pixels in it that show what is to be covered. */
export interface FaceWindow {
  readonly what: 'face' | 'left ear' | 'right ear';
  readonly window: DepthWindow;
  /** 1 for each pixel to be covered. */
  readonly gap: Uint8Array;
  /** The common shape of covers: mm behind its foremost point, for each pixel. */
  readonly vaultMm: Float32Array;
}

const PIXEL_MM = 1;
/** Windows stand so far from the middle of the brain, mm: before any nose, beside any ear. */
const STAND_OFF_MM = 200;

/** Heights of the average face above the middle of the brain, mm, where a landmark is missing. */
const USUAL_MM = { nasion: -30, nose: -58, chin: -116 };
/** The gap of the face: from above the brow to the throat, from ear to ear. */
const FACE_MM = { aboveNasion: 38, belowChin: 18, halfWidth: 68 };
/** The gap around an ear, mm of the head frame: middle behind and below the middle of the brain, half extents. */
const EAR_MM = { behind: 18, below: 42, halfLength: 36, halfHeight: 44 };
/** Exponent of the outline: between an ellipse (2) and its box. */
const SQUARENESS = 3;
/** Around the gap the window shows the rim. */
const MARGIN_MM = 12;

/** How far the common cover falls back from its foremost point to the sides and to top and bottom of the gap, mm. */
const FACE_VAULT_MM = { aside: 60, above: 30 };
const EAR_VAULT_MM = { aside: 14, above: 14 };

/** An outline in a window, mm from its middle to the sides and up, and the vault over it. */
interface Outline {
  readonly halfWidthMm: number;
  readonly halfHeightMm: number;
  /** The foremost point above the middle. */
  readonly crestMm: number;
  readonly vaultMm: { readonly aside: number; readonly above: number };
}

/** The window on the face; with `ears` one on each ear as well. */
export function faceWindows({ frame, face }: HeadAnatomy, ears: boolean): FaceWindow[] {
  const { originLps, leftLps, posteriorLps, superiorLps } = frame;
  const heightMm = (p: Vec3 | undefined): number | undefined => p && dot(subtract(p, originLps), superiorLps);
  const noseMm = heightMm(face.noseTipLps) ?? USUAL_MM.nose;
  const nasionMm = heightMm(face.nasionLps) ?? noseMm + USUAL_MM.nasion - USUAL_MM.nose;
  const chinMm = heightMm(face.chinLps) ?? noseMm + USUAL_MM.chin - USUAL_MM.nose;
  const topMm = nasionMm + FACE_MM.aboveNasion;
  const bottomMm = chinMm - FACE_MM.belowChin;
  const middle = face.noseTipLps ? dot(subtract(face.noseTipLps, originLps), leftLps) : 0;
  const place = (left: number, behind: number, above: number): Vec3 =>
    add(originLps, add(scale(leftLps, left), add(scale(posteriorLps, behind), scale(superiorLps, above))));
  const found = [
    windowAround('face', place(middle, -STAND_OFF_MM, (topMm + bottomMm) / 2), posteriorLps, superiorLps, {
      halfWidthMm: FACE_MM.halfWidth,
      halfHeightMm: (topMm - bottomMm) / 2,
      crestMm: noseMm - (topMm + bottomMm) / 2,
      vaultMm: FACE_VAULT_MM,
    }),
  ];
  if (!ears) return found;
  const { behind, below, halfLength, halfHeight } = EAR_MM;
  const ear: Outline = { halfWidthMm: halfLength, halfHeightMm: halfHeight, crestMm: 0, vaultMm: EAR_VAULT_MM };
  for (const side of [1, -1] as const) {
    const centreLps = place(side * STAND_OFF_MM, behind, -below);
    const what = side === 1 ? 'left ear' : 'right ear';
    found.push(windowAround(what, centreLps, scale(leftLps, -side), superiorLps, ear));
  }
  return found;
}

function windowAround(
  what: FaceWindow['what'],
  centreLps: Vec3,
  directionLps: Vec3,
  upLps: Vec3,
  { halfWidthMm, halfHeightMm, crestMm, vaultMm: { aside, above } }: Outline,
): FaceWindow {
  const size = (halfMm: number): number => 2 * Math.ceil((halfMm + MARGIN_MM) / PIXEL_MM) + 1;
  const sizePx = [size(halfWidthMm), size(halfHeightMm)] as const;
  const window = depthWindow({ centreLps, directionLps, upLps, pixelMm: PIXEL_MM, sizePx });
  const gap = new Uint8Array(sizePx[0] * sizePx[1]);
  const vaultMm = new Float32Array(gap.length);
  for (let v = 0, n = 0; v < sizePx[1]; v++)
    for (let u = 0; u < sizePx[0]; u++, n++) {
      const x = (Math.abs(u - (sizePx[0] - 1) / 2) * PIXEL_MM) / halfWidthMm;
      const y = (((sizePx[1] - 1) / 2 - v) * PIXEL_MM) / halfHeightMm;
      if (x ** SQUARENESS + Math.abs(y) ** SQUARENESS < 1) gap[n] = 1;
      vaultMm[n] = aside * x ** 2 + above * (y - crestMm / halfHeightMm) ** 2;
    }
  return { what, window, gap, vaultMm };
}
