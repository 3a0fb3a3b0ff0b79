import { createHash } from 'node:crypto';
import {
  descriptorDistance,
  DLIB_CHIP_5,
  DLIB_CHIP_68,
  DLIB_RECOGNISER,
  extractChip,
  FACE_MODELS,
  modelSource,
  OnnxFaceRecogniser,
  type PixelPoint,
} from '@efface/reidentify';
import { describe, expect, it } from 'vitest';
import { convertModels, MODELS_FOLDER } from './convert.ts';
import { PATTERN_CASES, PATTERN_SIZE, patternLandmarks, patternPicture } from './testing/dlib-cases.ts';
import reference from './testing/dlib-reference.json' with { type: 'json' };
import { demoPhotograph } from './testing/face-api.ts';

/**
 * What the package's weights of 8 bits may do to a distance. Another random error of up to half a step in every one of
 * them moves the largest of these 231 distances by 0.013 to 0.021 (four draws); dlib's own differ by up to 0.015.
 */
const QUANTISATION = 0.025;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Landmarks from the five that dlib was given. */
function fiveLandmarks(points: readonly (readonly number[])[]): PixelPoint[] {
  const landmarks = Array.from({ length: 68 }, () => ({ xPx: 0, yPx: 0 }));
  for (const [
    n,
    {
      landmarks: [landmark],
    },
  ] of DLIB_CHIP_5.targets.entries())
    landmarks[landmark] = { xPx: points[n][0], yPx: points[n][1] };
  return landmarks;
}

describe('against dlib', () => {
  const pattern = patternPicture(PATTERN_SIZE.width, PATTERN_SIZE.height);

  it.each(PATTERN_CASES.map((one, n) => ({ ...one, hash: reference.patternChips[n] })))(
    'a chip from $layout points is the same, byte for byte: $name',
    (one) => {
      const chip = extractChip(pattern, patternLandmarks(one), one.layout === 5 ? DLIB_CHIP_5 : DLIB_CHIP_68);
      expect(new Set(chip.samples).size).toBeGreaterThan(100);
      expect(sha256(chip.samples)).toBe(one.hash);
    },
  );

  it("distances between faces are its own network's, but for the weights' 8 bits", async () => {
    convertModels(MODELS_FOLDER);
    const spec = { ...DLIB_RECOGNISER, layout: DLIB_CHIP_5 };
    const recogniser = await OnnxFaceRecogniser.open(modelSource(FACE_MODELS.recogniser, MODELS_FOLDER), spec);
    const photographs = new Map([1, 2, 3, 4, 5, 6].map((number) => [number, demoPhotograph(number)]));
    const chips = reference.faces.map(({ photograph, points }) =>
      extractChip(photographs.get(photograph) ?? pattern, fiveLandmarks(points), spec.layout),
    );
    expect(chips.map(({ samples }) => sha256(samples))).toEqual(reference.faces.map(({ chip }) => chip));
    const descriptors = await recogniser.describe(chips);
    await recogniser[Symbol.asyncDispose]();
    const distances = descriptors.flatMap((a, i) =>
      descriptors.slice(0, i).map((b) => descriptorDistance(a, b, recogniser.metric)),
    );
    expect(distances.length).toBe(reference.distances.length);
    for (const [n, distance] of distances.entries())
      expect(Math.abs(distance - reference.distances[n])).toBeLessThan(QUANTISATION);
  });
});
