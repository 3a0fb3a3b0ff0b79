import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { primitivesFromRows, Sculpture } from './primitive.ts';
import { earPrimitives, eyePrimitives, skinPrimitives } from './skin-table.ts';

const skin = new Sculpture([...skinPrimitives(), ...eyePrimitives(30.5, 10.6, 3), ...earPrimitives(1, 24)]);

describe('a sculpture', () => {
  it('of one sphere is the distance to it', () => {
    const sphere = new Sculpture(primitivesFromRows([['ball', '+', 1, [0, 0, 0], [10, 10, 10]]]));
    fc.assert(
      fc.property(fc.tuple(coordinate(), coordinate(), coordinate()), ([x, y, z]) => {
        expect(sphere.distance(x, y, z)).toBeCloseTo(Math.hypot(x, y, z) - 10, 8);
      }),
    );
  });

  it('has its surface where a turned ellipsoid has it', () => {
    const [pitch, yaw] = [0.5, -0.7];
    const degrees = (a: number): number => (a * 180) / Math.PI;
    const rows = [['egg', '+', 1, [30, 5, -4], [6, 11, 3], degrees(pitch), degrees(yaw)]] as const;
    const egg = new Sculpture(primitivesFromRows(rows));
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: Math.PI, noNaN: true }),
        fc.double({ min: 0, max: 6.3, noNaN: true }),
        (t, f) => {
          const [u, v, w] = [6 * Math.sin(t) * Math.cos(f), 11 * Math.sin(t) * Math.sin(f), 3 * Math.cos(t)];
          // Rx(pitch), then Rz(yaw), written out.
          const y1 = v * Math.cos(pitch) - w * Math.sin(pitch);
          const z1 = v * Math.sin(pitch) + w * Math.cos(pitch);
          const x2 = u * Math.cos(yaw) - y1 * Math.sin(yaw);
          const y2 = u * Math.sin(yaw) + y1 * Math.cos(yaw);
          expect(egg.distance(30 + x2, 5 + y2, -4 + z1)).toBeCloseTo(0, 9);
        },
      ),
    );
  });

  it('stands on both sides of the midline', () => {
    fc.assert(
      fc.property(coordinate(), coordinate(), coordinate(), (x, y, z) => {
        expect(skin.distance(x, y, z)).toBe(skin.distance(-x, y, z));
      }),
    );
  });

  it('is the same from the primitives near a box, to a tenth of a millimetre at its surface', () => {
    let within = 0;
    let worst = 0;
    fc.assert(
      fc.property(coordinate(), coordinate(), coordinate(), fc.integer({ min: -4, max: 4 }), (x, y, z, dx) => {
        const near = skin.nearBox([x, y, z], 5.2, 10);
        const p = [x + dx, y - dx, z + dx] as const;
        const whole = skin.distance(...p);
        const local = skin.distance(...p, near, 1e3);
        if (Math.abs(whole) > 1.5) return;
        within++;
        worst = Math.max(worst, Math.abs(local - whole));
      }),
      { numRuns: 60_000, seed: 5 },
    );
    expect(within).toBeGreaterThan(500);
    expect(worst).toBeLessThan(0.1);
  });

  it('refuses to start with a hole', () => {
    expect(() => new Sculpture(primitivesFromRows([['hole', '-', 1, [0, 0, 0], [1, 1, 1]]]))).toThrow(RangeError);
    expect(() => new Sculpture([])).toThrow(RangeError);
  });
});

function coordinate(): fc.Arbitrary<number> {
  // Evenly spread, which doubles of fast-check are not.
  return fc.integer({ min: -120_000, max: 120_000 }).map((micrometres) => micrometres / 1000);
}
