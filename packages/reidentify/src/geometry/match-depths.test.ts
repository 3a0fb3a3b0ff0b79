import { describe, expect, it } from 'vitest';
import { type DepthMap, matchDepths, matchDepthsBothWays } from './match-depths.ts';

type Surface = (x: number, y: number) => number;

/** The surface seen after a turn (radians, around x, y, z) and a shift, mm, by fixed-point search along each ray. */
function seen(
  surface: Surface,
  turn: readonly number[],
  shift: readonly number[],
  sizePx = 120,
  pixelMm = 1,
): DepthMap {
  const [ax, ay, az] = turn;
  const rotate = ([x, y, z]: readonly number[]): number[] => {
    const [x1, y1] = [Math.cos(az) * x - Math.sin(az) * y, Math.sin(az) * x + Math.cos(az) * y];
    const [x2, z2] = [Math.cos(ay) * x1 + Math.sin(ay) * z, -Math.sin(ay) * x1 + Math.cos(ay) * z];
    return [x2, Math.cos(ax) * y1 - Math.sin(ax) * z2, Math.sin(ax) * y1 + Math.cos(ax) * z2];
  };
  // Back to the surface's own space: the turn is inverted by its transpose.
  const columns = [rotate([1, 0, 0]), rotate([0, 1, 0]), rotate([0, 0, 1])];
  const back = (p: readonly number[]): number[] => columns.map((c) => c.reduce((sum, v, n) => sum + v * (p[n] - shift[n]), 0)); // prettier-ignore
  const depthMm = new Float32Array(sizePx * sizePx);
  for (let v = 0; v < sizePx; v++)
    for (let u = 0; u < sizePx; u++) {
      const [x, y] = [(u - (sizePx - 1) / 2) * pixelMm, (v - (sizePx - 1) / 2) * pixelMm];
      let z = surface(x, y) + shift[2];
      for (let n = 0; n < 60; n++) {
        const [px, py, pz] = back([x, y, z]);
        z -= 0.7 * (pz - surface(px, py));
      }
      depthMm[v * sizePx + u] = Math.hypot(x, y) < 55 ? z : Number.NaN;
    }
  return { widthPx: sizePx, heightPx: sizePx, pixelMm, depthMm };
}

/** A smooth face-like relief: a dome with a nose, sockets and a mouth. */
const face =
  (noseMm: number, apartMm: number): Surface =>
  (x, y) => {
    const bump = (cx: number, cy: number, width: number): number =>
      Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * width * width));
    const dome = (x * x) / 150 + (y * y) / 260;
    return dome - noseMm * bump(0, 5, 8) + 7 * (bump(-apartMm, -18, 9) + bump(apartMm, -18, 9)) - 5 * bump(0, 32, 10);
  };

describe('depth maps', () => {
  it('of the same face turned by up to 10° and moved by 8 mm lie on each other', () => {
    const still = seen(face(16, 30), [0, 0, 0], [0, 0, 0]);
    for (const turn of [[0.15, 0, 0], [0, -0.17, 0], [0.05, 0.1, -0.12]]) {
      const match = matchDepthsBothWays(seen(face(16, 30), turn, [5, -4, 8]), still);
      // Bilinear interpolation of 1 mm pixels with curvatures of 1/8 mm: h²κ/8, some 0.02 mm.
      expect(match?.residualMm).toBeLessThan(0.05);
      expect(match?.overlapShare).toBeGreaterThan(0.7);
    } // prettier-ignore
  });

  it('of other faces do not', () => {
    const one = seen(face(16, 30), [0.05, 0.1, 0], [3, -2, 5]);
    const same = matchDepthsBothWays(one, seen(face(16, 30), [0, 0, 0], [0, 0, 0]));
    const other = matchDepthsBothWays(one, seen(face(20, 34), [0, 0, 0], [0, 0, 0]));
    expect(other?.residualMm).toBeGreaterThan(5 * (same?.residualMm ?? 0));
  });

  it('a block in front of part of a face does not pull the rest away', () => {
    const still = seen(face(16, 30), [0, 0, 0], [0, 0, 0]);
    const covered = seen(face(16, 30), [0.04, -0.05, 0.03], [2, 1, -3]);
    for (let v = 95; v < 120; v++) for (let u = 0; u < 120; u++) covered.depthMm[v * 120 + u] -= 15;
    expect(matchDepths(covered, still)?.residualMm).toBeLessThan(0.1);
  });

  it('that hold nothing, or nothing in common, cannot be compared', () => {
    const still = seen(face(16, 30), [0, 0, 0], [0, 0, 0]);
    const nothing = { ...still, depthMm: new Float32Array(still.depthMm.length).fill(Number.NaN) };
    expect(matchDepths(still, nothing)).toBeUndefined();
    expect(matchDepths(nothing, still)).toBeUndefined();
    const corner = { ...still, depthMm: still.depthMm.map((d, n) => (n % 120 < 30 ? d : Number.NaN)) };
    expect(matchDepths(still, corner)).toBeUndefined();
  });
});
