import { basename, join } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = import.meta.dirname;
const project = process.argv[process.argv.indexOf('--dir') + 1] ?? '.';
const slug = project.replaceAll('/', '-') || basename(root);

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // Two processes at a time: the CPU backend is threaded itself and there is one device, but much of a test is neither.
    maxWorkers: 2,
    pool: 'forks',
    // They find what hangs; a busy machine is slow, and no hang.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: [
      'default',
      ['json', { outputFile: join(root, 'node_modules/.cache/efface/test-summary', `${slug}.json`) }],
    ],
    setupFiles: [join(root, 'tools/vitest-setup.ts')],
  },
});
