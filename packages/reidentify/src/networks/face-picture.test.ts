import { describe, expect, it } from 'vitest';
import { checkPicture, type FacePicture, fillNetworkInput, squareAround, wholePicture } from './face-picture.ts';

const AS_IT_IS = { meanRgb: [0, 0, 0], divisor: 1 } as const;

/** value = 3 · column + 2 · row + 10 · channel. */
function ramp(width: number, height: number, channels: 1 | 3): FacePicture {
  const samples = Uint8Array.from({ length: width * height * channels }, (_, n) => {
    const pixel = Math.floor(n / channels);
    return 3 * (pixel % width) + 2 * Math.floor(pixel / width) + 10 * (n % channels);
  });
  return { width, height, channels, samples };
}

function input(picture: FacePicture, sizePx: number, box = wholePicture(picture)): Float32Array {
  const target = new Float32Array(3 * sizePx * sizePx);
  fillNetworkInput(target, 0, picture, box, squareAround(box, 'end'), sizePx, AS_IT_IS);
  return target;
}

describe('fillNetworkInput', () => {
  it('copies a square of the wanted size, channel after channel', () => {
    const planes = input(ramp(4, 4, 3), 4);
    for (let n = 0; n < planes.length; n++)
      expect(planes[n]).toBe(3 * (n % 4) + 2 * (Math.floor(n / 4) % 4) + 10 * Math.floor(n / 16));
  });

  it('takes sample n of a plane at n · edge / size, and the last pixel where that is past its middle', () => {
    const planes = input(ramp(8, 8, 3), 5);
    for (const [n, value] of planes.entries()) {
      const [column, row, channel] = [n % 5, Math.floor(n / 5) % 5, Math.floor(n / 25)];
      const at = (index: number): number => Math.min(7, (index * 8) / 5);
      expect(value).toBeCloseTo(3 * at(column) + 2 * at(row) + 10 * channel, 5);
    }
    const larger = input(ramp(2, 2, 1), 8);
    for (let column = 0; column < 8; column++) expect(larger[column]).toBeCloseTo(3 * Math.min(1, column / 4), 6);
  });

  it('gives grey to all three channels', () => {
    const planes = input(ramp(6, 6, 1), 4);
    expect(planes.subarray(16, 32)).toEqual(planes.subarray(0, 16));
    expect(planes.subarray(32)).toEqual(planes.subarray(0, 16));
  });

  it('is black outside box and picture, and normalises the black too', () => {
    const picture: FacePicture = { width: 4, height: 4, channels: 1, samples: new Uint8Array(16).fill(100) };
    const target = new Float32Array(3 * 16);
    const box = { leftPx: 2, topPx: 1, widthPx: 4, heightPx: 2 };
    const frame = squareAround(box, 'centre');
    fillNetworkInput(target, 0, picture, box, frame, 4, { meanRgb: [10, 20, 50], divisor: 5 });
    const [inside, black] = [18, -2];
    // prettier-ignore
    expect([...target.subarray(0, 16)]).toEqual([
      black, black, black, black,
      inside, inside, black, black,
      inside, inside, black, black,
      black, black, black, black,
    ]);
    expect([target[16], target[20], target[32], target[36]]).toEqual([-4, 16, -10, 10]);
  });
});

describe('squareAround', () => {
  const box = { leftPx: 5, topPx: 9, widthPx: 7, heightPx: 4 };

  it('adds at the end, or on both sides with the odd pixel last', () => {
    expect(squareAround(box, 'end')).toEqual({ leftPx: 5, topPx: 9, edgePx: 7 });
    expect(squareAround(box, 'centre')).toEqual({ leftPx: 5, topPx: 8, edgePx: 7 });
  });
});

describe('checkPicture', () => {
  it('refuses samples that do not fit', () => {
    expect(() => checkPicture({ width: 2, height: 2, channels: 3, samples: new Uint8Array(4) })).toThrow(RangeError);
    expect(() => checkPicture({ width: 0, height: 2, channels: 1, samples: new Uint8Array(0) })).toThrow(RangeError);
  });
});
