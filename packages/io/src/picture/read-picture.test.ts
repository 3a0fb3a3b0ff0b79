import { encode as encodePng } from 'fast-png';
import { encode as encodeJpeg } from 'jpeg-js';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPicture } from './read-picture.ts';

describe('photographs', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'efface-pictures-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const write = async (name: string, bytes: Uint8Array): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, bytes);
    return path;
  };

  it.each([
    [1, 1, [10, 20, 30, 40, 50, 60], [10, 20, 30, 40, 50, 60]],
    [2, 1, [10, 255, 20, 0, 30, 1, 40, 2, 50, 3, 60, 4], [10, 20, 30, 40, 50, 60]],
    [3, 3, Array.from({ length: 18 }, (_, n) => n), Array.from({ length: 18 }, (_, n) => n)],
    [4, 3, Array.from({ length: 24 }, (_, n) => n), [0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 17, 18, 20, 21, 22]],
  ] as const)('PNG of %i channels has %i', async (channels, kept, stored, expected) => {
    const data = Uint8Array.from(stored);
    const path = await write(`${channels}.png`, encodePng({ width: 3, height: 2, channels, depth: 8, data }));
    const picture = await readPicture(path);
    expect(picture).toMatchObject({ width: 3, height: 2, channels: kept });
    expect([...picture.samples]).toEqual(expected);
  });

  it('PNG of 16 bits keeps the upper 8, one with a palette has its colours', async () => {
    const deep = encodePng({ width: 2, height: 1, channels: 1, depth: 16, data: Uint16Array.of(0x1234, 0xfedc) });
    expect([...(await readPicture(await write('deep.png', deep))).samples]).toEqual([0x12, 0xfe]);
    // Indexed, 1 bit, 3 × 1 pixels 0 1 0 of red and blue, written by hand after the PNG specification.
    const indexed = Buffer.from(
      '89504e470d0a1a0a0000000d4948445200000003000000010103000000212e86f700000006504c5445ff0000' +
        '0000ff6ca1fd8e0000000a49444154789c63700000004200412937f4ef0000000049454e44ae426082',
      'hex',
    );
    const picture = await readPicture(await write('palette.png', indexed));
    expect([...picture.samples]).toEqual([255, 0, 0, 0, 0, 255, 255, 0, 0]);
  });

  it('JPEG comes within what its compression costs', async () => {
    const data = Buffer.alloc(4 * 64);
    for (let n = 0; n < 64; n++) data.set([200, 100, 50, 255], 4 * n);
    const path = await write('a.jpg', encodeJpeg({ width: 8, height: 8, data }, 95).data);
    const picture = await readPicture(path);
    expect(picture).toMatchObject({ width: 8, height: 8, channels: 3 });
    for (const [n, sample] of picture.samples.entries())
      expect(Math.abs(sample - [200, 100, 50][n % 3])).toBeLessThan(4);
  });

  it('says what is wrong: no picture, a damaged one, a claim of too many pixels, nothing there', async () => {
    await expect(readPicture(await write('a.txt', Buffer.from('hello')))).rejects.toMatchObject({
      code: 'PICTURE_UNKNOWN_FORMAT',
    });
    const whole = encodePng({ width: 40, height: 40, channels: 3, depth: 8, data: new Uint8Array(4800).fill(7) });
    const half = await write('half.png', whole.subarray(0, 60));
    await expect(readPicture(half)).rejects.toMatchObject({ code: 'PICTURE_CORRUPT', exit: 'inputCorrupt' });
    await expect(readPicture(half)).rejects.toThrow(half);
    const vast = Uint8Array.from(whole);
    new DataView(vast.buffer).setUint32(16, 1e9);
    await expect(readPicture(await write('vast.png', vast))).rejects.toThrow('too many pixels');
    await expect(readPicture(join(folder, 'none.png'))).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });
});
