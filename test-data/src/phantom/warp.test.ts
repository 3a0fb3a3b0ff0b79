import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FACE_PARAMETER_NAMES, type FaceShape, meanFaceShape, sampleFaceShape } from './face-shape.ts';
import { HeadModel } from './head-model.ts';
import { type HeadPoints, headPoints } from './landmarks.ts';
import { TEMPLATE, Warp } from './warp.ts';

const inHead = fc.tuple(
  fc.integer({ min: -90, max: 90 }),
  fc.integer({ min: -110, max: 125 }),
  fc.integer({ min: -140, max: 140 }),
);

/** The shape that leaves the template as it is. */
function templateShape(): FaceShape {
  return { ...meanFaceShape(), ...TEMPLATE };
}

describe('the warp of a shape', () => {
  it('is nothing for the template', () => {
    const relative = FACE_PARAMETER_NAMES.filter((name) => meanFaceShape()[name] === 0);
    expect(relative.length).toBeGreaterThan(10);
    const warp = new Warp(templateShape());
    fc.assert(
      fc.property(inHead, (p) => {
        warp.templateFromPerson(p).forEach((c, axis) => expect(c).toBeCloseTo(p[axis], 9));
      }),
    );
  });

  it('has an inverse, for any person', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), inHead, (seed, p) => {
        const warp = new Warp(sampleFaceShape(seed));
        warp.templateFromPerson(warp.personFromTemplate(p)).forEach((c, axis) => expect(c).toBeCloseTo(p[axis], 3));
      }),
      { numRuns: 400 },
    );
  });

  it('does not fold: the map to the template keeps its orientation', () => {
    for (let seed = 0; seed < 40; seed++) {
      const warp = new Warp(sampleFaceShape(seed));
      let least = Infinity;
      for (let x = -80; x <= 80; x += 10)
        for (let y = 20; y <= 125; y += 7)
          for (let z = -110; z <= 120; z += 10) least = Math.min(least, jacobian(warp, [x, y, z]));
      expect(least).toBeGreaterThan(0.15);
    }
  });

  it.each([
    ['eyeDistance', (p: HeadPoints) => distance(p.eyeCentreLeft, p.eyeCentreRight)],
    ['noseLength', (p: HeadPoints) => distance(p.nasion, p.subnasale)],
    ['noseProtrusion', (p: HeadPoints) => distance(p.subnasale, p.pronasale)],
    ['noseWidth', (p: HeadPoints) => distance(p.alareLeft, p.alareRight)],
    ['upperLipLength', (p: HeadPoints) => distance(p.subnasale, p.stomion)],
    ['mouthWidth', (p: HeadPoints) => distance(p.cheilionLeft, p.cheilionRight)],
    ['chinHeight', (p: HeadPoints) => distance(p.stomion, p.gnathion)],
    ['jawBreadth', (p: HeadPoints) => distance(p.gonionLeft, p.gonionRight)],
    ['headHeight', (p: HeadPoints) => p.vertex[2] - p.tragionLeft[2]],
    ['headLength', (p: HeadPoints) => p.glabella[1] - p.opisthocranion[1]],
  ] as const)('changes %s by what is asked for', (name, measure) => {
    const template = templateShape();
    const plain = measure(headPoints(new HeadModel(template, 0)));
    // The template is what its table says, to a millimetre and a half: the points are read off the skin.
    expect(Math.abs(plain - TEMPLATE[name])).toBeLessThan(1.5);
    const changed = measure(headPoints(new HeadModel({ ...template, [name]: TEMPLATE[name] + 4 }, 0)));
    expect(changed - plain).toBeGreaterThan(3.4);
    expect(changed - plain).toBeLessThan(4.6);
  });
});

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

function jacobian(warp: Warp, p: readonly [number, number, number]): number {
  const h = 0.05;
  const at = warp.templateFromPerson(p);
  const column = (axis: number): number[] => {
    const q: [number, number, number] = [...p];
    q[axis] += h;
    return warp.templateFromPerson(q).map((c, i) => (c - at[i]) / h);
  };
  const [a, b, c] = [column(0), column(1), column(2)];
  return a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1]) + c[0] * (a[1] * b[2] - a[2] * b[1]);
}
