// The house rule of architecture: dependencies run one way, and packages are entered by their front door.

/** What one case needs from end to end. */
const CASE = ['volume', 'compute', 'io', 'kernels', 'anatomy', 'deface', 'reidentify', 'radiomics', 'report'];

/** Package to the packages it may import. Tests may also use the phantom (test-data) and io. */
const LAYERS = {
  volume: [],
  compute: ['volume'],
  io: ['volume'],
  'test-data': ['volume'],
  kernels: ['volume', 'compute'],
  anatomy: ['volume', 'compute', 'kernels'],
  deface: ['volume', 'compute', 'kernels', 'anatomy'],
  reidentify: ['volume', 'compute', 'kernels', 'anatomy'],
  radiomics: ['volume', 'compute', 'kernels'],
  report: ['volume', 'io'],
  cohort: CASE,
  cli: [...CASE, 'cohort', 'test-data'],
  benchmarks: [...CASE, 'cohort', 'cli', 'test-data'],
  tools: [...CASE, 'cohort', 'cli', 'test-data', 'benchmarks'],
};

const TEST_EXTRAS = ['test-data', 'io', 'kernels', 'compute'];

function packageOf(filename) {
  const path = filename.replaceAll('\\', '/');
  const inPackages = /\/packages\/([^/]+)\//.exec(path);
  if (inPackages) return inPackages[1];
  // The last match: a checkout may itself lie in a folder called tools.
  return [...path.matchAll(/\/(kernels|tools|benchmarks|test-data)\//g)].at(-1)?.[1];
}

export const layers = {
  meta: {
    type: 'problem',
    docs: { description: 'imports between packages follow the dependency directions of ARCHITECTURE.md' },
    messages: {
      direction: '{{from}} may not import {{to}}: dependencies run one way (ARCHITECTURE.md, tools/eslint/layers.mjs)',
      relative: 'import the package by its name, not by a path that leaves this one',
    },
    schema: [],
  },
  create(context) {
    const from = packageOf(context.filename);
    if (from === undefined || !(from in LAYERS)) return {};
    const isTest = /\.(test|bench)\.ts$|\/evaluate-[^/]+\.ts$|\/src\/testing\//.test(context.filename);
    const allowed = new Set([from, ...LAYERS[from], ...(isTest ? TEST_EXTRAS : [])]);
    const check = (node) => {
      const source = node.source?.value;
      if (typeof source !== 'string') return;
      const named = /^@efface\/([^/]+)/.exec(source);
      if (named && !allowed.has(named[1]))
        context.report({ node, messageId: 'direction', data: { from, to: named[1] } });
      if (source.startsWith('.')) {
        const target = packageOf(new URL(source, `file://${context.filename}`).pathname);
        if (target !== undefined && target !== from) context.report({ node, messageId: 'relative' });
      }
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: (node) =>
        check({ ...node, source: node.source, loc: node.loc, range: node.range, type: node.type }),
    };
  },
};
