import { expect, it } from 'vitest';
import { allocateShared } from './shared-memory.ts';

it('shared memory that nobody holds is given back: 2 GiB one after another stay under 1 GiB', () => {
  const BLOCK_BYTES = 2 ** 26;
  const before = process.memoryUsage.rss();
  let peak = 0;
  for (let n = 0; n < 32; n++) {
    const bytes = new Uint8Array(allocateShared(BLOCK_BYTES));
    // Memory exists once it is touched.
    for (let page = 0; page < BLOCK_BYTES; page += 4096) bytes[page] = 1;
    peak = Math.max(peak, process.memoryUsage.rss() - before);
  }
  expect(peak).toBeGreaterThanOrEqual(BLOCK_BYTES);
  expect(peak).toBeLessThan(2 ** 30);
});
