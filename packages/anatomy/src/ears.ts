import { add, type GridMask, invert, maskHas, scale, transformPoint, type Vec3 } from '@efface/volume';
import type { HeadFrame } from './frame.ts';
import { quantile } from './quantile.ts';

/** Where an auricle is. Distances in the head frame, mm: from its origin to the left, posterior and superior. */
export interface Ear {
  readonly side: 'left' | 'right';
  /** On the side of the head below the auricle: what lies outside of the plane through it is auricle, in the box. */
  readonly headLps: Vec3;
  /** Normal of that plane, away from the head: heads are wider above the ears than below. */
  readonly outLps: Vec3;
  readonly posteriorMm: readonly [from: number, to: number];
  readonly superiorMm: readonly [from: number, to: number];
  /** How far it stands off the head, mm; 0 where none stands out. */
  readonly protrusionMm: number;
}

/** Distances in the head frame, mm. */
interface Box {
  readonly posterior: readonly [from: number, to: number];
  readonly superior: readonly [from: number, to: number];
}

/** What is seen of the side of the head, posterior and superior of the middle of the brain. */
const WINDOW_MM = { posterior: [-45, 75], superior: [-105, 15] } as const;
/** Where auricles are looked for: in front of it the cheek stands out, below the shoulder. Seen on 14 heads of IXI. */
const SEARCH_MM = { posterior: [-12, 60], superior: [-96, -10] } as const;
/** Where they usually are. */
const USUAL_MM = { posterior: [-5, 35], superior: [-85, -30] } as const;
const STEP_MM = 2;
const FARTHEST_MM = 130;
/** Runs thinner than this are hair, tubes and noise. */
const RUN_MM = 3;
/** A disc of this radius does not fit under an auricle (35 to 40 mm long); the head's side is wider than it. */
const OPENING_MM = 24;
/** From here on something stands out. */
const STANDS_OUT_MM = 6;
const LEAST_AREA_MM2 = 150;
const MARGIN_MM = 6;

/**
 * Finds the auricles: what stands off the side of the head between cheek and mastoid, by a grey-scale opening of the
 * side view of the body (top-hat). The boxes hold the usual place of ears in any case: one may lie flat.
 */
export function findEars({ frame, body }: { readonly frame: HeadFrame; readonly body: GridMask }): Ear[] {
  return (['left', 'right'] as const).map((side) => findEar(side, frame, body));
}

function findEar(side: Ear['side'], frame: HeadFrame, body: GridMask): Ear {
  const sideLps = side === 'left' ? frame.leftLps : scale(frame.leftLps, -1);
  const view = sideView(sideLps, frame, body);
  const head = opened(view);
  const { columns, rows } = view;
  const at = (n: number): readonly [number, number] => [
    WINDOW_MM.posterior[0] + STEP_MM * (n % columns),
    WINDOW_MM.superior[0] + STEP_MM * Math.floor(n / columns),
  ];
  const isIn = (n: number, { posterior, superior }: Box): boolean => {
    const [p, s] = at(n);
    return p >= posterior[0] && p <= posterior[1] && s >= superior[0] && s <= superior[1];
  };
  const isUsual = (n: number): boolean => isIn(n, USUAL_MM);
  const standing = largestPatch(
    Array.from(view.mm, (mm, n) => mm - head[n] >= STANDS_OUT_MM && isIn(n, SEARCH_MM)),
    columns,
    rows,
    isUsual,
  );
  const places = [...view.mm.keys()].filter((n) => (standing ? standing.has(n) : isUsual(n)));
  const range = (axis: 0 | 1, usual: readonly [number, number]): [number, number] => {
    const all = [...usual, ...places.map((n) => at(n)[axis])];
    return [Math.min(...all) - MARGIN_MM, Math.max(...all) + MARGIN_MM];
  };
  const [posteriorMm, superiorMm] = [range(0, USUAL_MM.posterior), range(1, USUAL_MM.superior)];
  const box = { posterior: posteriorMm, superior: superiorMm };
  const slope = slopeOf(
    [...head.keys()].filter((n) => head[n] > 0 && isIn(n, box)),
    at,
    head,
  );
  const middle = [(posteriorMm[0] + posteriorMm[1]) / 2, (superiorMm[0] + superiorMm[1]) / 2] as const;
  const headMm = quantile(
    places
      .filter((n) => head[n] > 0)
      .map((n) => head[n] - slope[0] * (at(n)[0] - middle[0]) - slope[1] * (at(n)[1] - middle[1])),
    0.5,
  );
  const along = (outMm: number, [posterior, superior]: readonly [number, number]): Vec3 =>
    add(scale(sideLps, outMm), add(scale(frame.posteriorLps, posterior), scale(frame.superiorLps, superior)));
  const normal = along(1, [-slope[0], -slope[1]]);
  return {
    side,
    headLps: add(frame.originLps, along(Number.isNaN(headMm) ? FARTHEST_MM : headMm, middle)),
    outLps: scale(normal, 1 / Math.hypot(...normal)),
    posteriorMm,
    superiorMm,
    protrusionMm: standing ? Math.max(...[...standing].map((n) => view.mm[n] - head[n])) : 0,
  };
}

/** How the side of the head leans: the least-squares plane through some places of a view, mm a mm. */
function slopeOf(
  places: readonly number[],
  at: (n: number) => readonly [number, number],
  mm: Float64Array,
): readonly [posterior: number, superior: number] {
  const mean = (of: (n: number) => number): number => places.reduce((sum, n) => sum + of(n), 0) / places.length;
  const [p0, s0, m0] = [mean((n) => at(n)[0]), mean((n) => at(n)[1]), mean((n) => mm[n])];
  let [pp, ss, ps, pm, sm] = [0, 0, 0, 0, 0];
  for (const n of places) {
    const [p, s] = [at(n)[0] - p0, at(n)[1] - s0];
    pp += p * p;
    ss += s * s;
    ps += p * s;
    pm += p * (mm[n] - m0);
    sm += s * (mm[n] - m0);
  }
  const determinant = pp * ss - ps * ps;
  return determinant > 0 ? [(pm * ss - sm * ps) / determinant, (sm * pp - pm * ps) / determinant] : [0, 0];
}

/** Outermost skin along one side, mm from the midline; 0 where there is none. Columns go to posterior, rows to superior. */
interface SideView {
  readonly columns: number;
  readonly rows: number;
  readonly mm: Float64Array;
}

function sideView(outLps: Vec3, frame: HeadFrame, { grid, mask }: GridMask): SideView {
  const { posterior, superior } = WINDOW_MM;
  const columns = (posterior[1] - posterior[0]) / STEP_MM + 1;
  const rows = (superior[1] - superior[0]) / STEP_MM + 1;
  const toIjk = invert(grid.affineIjkToLps);
  const [ni, nj, nk] = grid.sizeIjk;
  const isBody = (p: Vec3): boolean => {
    const [i, j, k] = transformPoint(toIjk, p).map(Math.round);
    return i >= 0 && j >= 0 && k >= 0 && i < ni && j < nj && k < nk && maskHas(mask, i, j, k);
  };
  const mm = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const start = add(
        frame.originLps,
        add(
          scale(frame.posteriorLps, posterior[0] + STEP_MM * column),
          scale(frame.superiorLps, superior[0] + STEP_MM * row),
        ),
      );
      let run = 0;
      for (let out = FARTHEST_MM; out > 0; out--) {
        run = isBody(add(start, scale(outLps, out))) ? run + 1 : 0;
        if (run < RUN_MM) continue;
        mm[row * columns + column] = out + RUN_MM - 1;
        break;
      }
    }
  }
  return { columns, rows, mm };
}

/** The view without what a disc of OPENING_MM does not fit into. */
function opened(view: SideView): Float64Array {
  const offsets: (readonly [number, number])[] = [];
  const reach = Math.floor(OPENING_MM / STEP_MM);
  for (let y = -reach; y <= reach; y++)
    for (let x = -reach; x <= reach; x++) if (Math.hypot(x, y) * STEP_MM <= OPENING_MM) offsets.push([x, y]);
  const { columns, rows } = view;
  const extreme = (mm: Float64Array, pick: (a: number, b: number) => number, none: number): Float64Array =>
    mm.map((_, n) => {
      const [x0, y0] = [n % columns, Math.floor(n / columns)];
      let value = none;
      for (const [dx, dy] of offsets) {
        const [x, y] = [x0 + dx, y0 + dy];
        if (x >= 0 && y >= 0 && x < columns && y < rows) value = pick(value, mm[y * columns + x]);
      }
      return value;
    });
  return extreme(extreme(view.mm, Math.min, Infinity), Math.max, -Infinity);
}

/** The 4-connected patch with most places where ears are, when it is large enough for one; its indices. */
function largestPatch(
  isIn: readonly boolean[],
  columns: number,
  rows: number,
  isUsual: (n: number) => boolean,
): ReadonlySet<number> | undefined {
  const seen = new Uint8Array(isIn.length);
  let best: { readonly patch: Set<number>; readonly usual: number } | undefined;
  for (let seed = 0; seed < isIn.length; seed++) {
    if (!isIn[seed] || seen[seed] === 1) continue;
    const patch = new Set([seed]);
    seen[seed] = 1;
    for (const n of patch) {
      const [x, y] = [n % columns, Math.floor(n / columns)];
      for (const [dx, dy] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ]) {
        const next = n + dy * columns + dx;
        if (x + dx < 0 || x + dx >= columns || y + dy < 0 || y + dy >= rows) continue;
        if (!isIn[next] || seen[next] === 1) continue;
        seen[next] = 1;
        patch.add(next);
      }
    }
    const usual = [...patch].filter(isUsual).length;
    if (usual > (best?.usual ?? 0)) best = { patch, usual };
  }
  return best !== undefined && best.usual * STEP_MM ** 2 >= LEAST_AREA_MM2 ? best.patch : undefined;
}
