import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { writeOutput } from './errors.ts';

it.skipIf(!existsSync('/dev/full'))('a file that finds no room is named (skipped without /dev/full)', async () => {
  await expect(writeOutput('/dev/full', 'text')).rejects.toMatchObject({
    code: 'OUTPUT_NO_SPACE',
    exit: 'output',
    message: '/dev/full: cannot be written: the disk or quota is full (ENOSPC)',
  });
});
