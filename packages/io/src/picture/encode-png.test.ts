import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { encodePng } from './encode-png.ts';

describe('PNG', () => {
  it.each([1, 3] as const)('with %i channel(s) holds the samples, and is the same every time', (channels) => {
    const samples = Uint8Array.from({ length: 7 * 5 * channels }, (_, n) => (n * 41) & 255);
    const bytes = encodePng({ width: 7, height: 5, channels, samples });
    const read = decode(bytes);
    expect(read).toMatchObject({ width: 7, height: 5, channels, depth: 8 });
    expect([...read.data]).toEqual([...samples]);
    expect(encodePng({ width: 7, height: 5, channels, samples })).toEqual(bytes);
    // Signature and colour type of the PNG specification (11.2.2): 0 grey, 2 true colour.
    expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
    expect(bytes[25]).toBe(channels === 1 ? 0 : 2);
  });

  it('refuses a picture whose samples do not fit its size', () => {
    expect(() => encodePng({ width: 2, height: 2, channels: 1, samples: new Uint8Array(5) })).toThrow('5 samples');
    expect(() => encodePng({ width: 0, height: 2, channels: 1, samples: new Uint8Array(0) })).toThrow(RangeError);
  });
});
