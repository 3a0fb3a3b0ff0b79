// Infers the Nx targets of every workspace project from the files it has, so that a new package needs no wiring:
// typecheck (tsconfig.json), lint (always), test (*.test.ts), build (build.ts).
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';

const cached = { cache: true };

function targetsOf(root, workspaceRoot) {
  const has = (pattern) =>
    globSync(pattern, { cwd: join(workspaceRoot, root), exclude: (name) => name.includes('node_modules') }).length > 0;
  const run = (command, inputs, extra = {}) => ({
    executor: 'nx:run-commands',
    options: { command, cwd: '.' },
    inputs,
    ...cached,
    ...extra,
  });
  const targets = {
    lint: run(`eslint --max-warnings 0 ${root}`, [
      'default',
      '{workspaceRoot}/eslint.config.mjs',
      '{workspaceRoot}/tools/eslint/**/*',
    ]),
  };
  // What runs in a browser has a tsconfig of its own below the package's.
  const projects = globSync('{tsconfig.json,src/**/tsconfig.json}', { cwd: join(workspaceRoot, root) }).sort();
  if (projects.length > 0)
    targets.typecheck = run(projects.map((file) => `tsc -p ${root}/${file}`).join(' && '), ['default', '^production']);
  if (has('**/*.test.ts')) {
    // The device that ran and the data beside the checkout decide what a test run means.
    const environment = [
      { env: 'VK_ICD_FILENAMES' },
      { env: 'EFFACE_SHARED' },
      { runtime: 'ls ../shared 2>/dev/null || true' },
    ];
    targets.test = run(`vitest run --dir ${root}`, ['default', '^production', ...environment], {
      outputs: [`{workspaceRoot}/node_modules/.cache/efface/test-summary/${root.replaceAll('/', '-')}*.json`],
      // Twins use every core themselves, and there is one device.
      parallelism: false,
    });
  }
  if (has('build.ts')) {
    targets.build = run(`node ${root}/build.ts`, ['production', '^production'], { outputs: ['{projectRoot}/dist'] });
  }
  return targets;
}

export const name = 'efface-targets';

export const createNodesV2 = [
  '{packages/*,kernels,tools,benchmarks,test-data}/package.json',
  (files, _options, context) =>
    files.map((file) => {
      const root = dirname(file);
      return [file, { projects: { [root]: { root, targets: targetsOf(root, context.workspaceRoot) } } }];
    }),
];
