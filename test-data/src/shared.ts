import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Absolute path of a file or folder of the shared data set (real heads, oracles), or undefined when it is not there.
 * The set lies in `../shared` beside the checkout or where the environment variable EFFACE_SHARED points; it is never
 * part of the project. From a bundle only the environment variable and the working directory's `../shared` count.
 */
export function sharedPath(relative: string): string | undefined {
  const beside = dirname(fileURLToPath(import.meta.url));
  const roots = [
    process.env['EFFACE_SHARED'],
    join(beside, '..', '..', '..', 'shared'),
    join(process.cwd(), '..', 'shared'),
  ];
  for (const root of roots) {
    if (root === undefined || root === '') continue;
    const path = join(root, relative);
    if (existsSync(path)) return path;
  }
  return undefined;
}
