import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { adviceFor, inspectGraphicsStack } from './missing.ts';

describe('advice for a machine without an adapter', () => {
  it.each([
    [
      'no loader',
      { hasLoader: false, manifests: [] },
      /libvulkan\.so\.1 is missing: install it \(Debian, Ubuntu: libvulkan1/,
    ],
    [
      'no driver',
      { hasLoader: true, manifests: [] },
      /finds no driver: install the GPU’s \(Debian, Ubuntu: mesa-vulkan-drivers/,
    ],
    [
      'no device',
      { hasLoader: true, manifests: ['/etc/a.json'] },
      /none of its drivers serves a device .*\(\/etc\/a\.json\)/,
    ],
  ])('%s', (_, stack, expected) => {
    const advice = adviceFor({ platform: 'linux', ...stack });
    expect(advice).toMatch(expected);
    expect(advice).toMatch(/npm run software-gpu/);
    expect(advice).toMatch(/--backend cpu$/);
  });

  it('on other systems the driver is all there is', () => {
    expect(adviceFor({ platform: 'win32', hasLoader: false, manifests: [] })).toBe(
      'update the graphics driver, or use --backend cpu',
    );
  });
});

it.skipIf(process.platform !== 'linux')(
  'reads the drivers that the environment names (only Linux has manifests)',
  () => {
    const before = process.env['VK_DRIVER_FILES'];
    process.env['VK_DRIVER_FILES'] = '/a.json:/b.json';
    try {
      expect(inspectGraphicsStack().manifests).toEqual(['/a.json', '/b.json']);
    } finally {
      if (before === undefined) delete process.env['VK_DRIVER_FILES'];
      else process.env['VK_DRIVER_FILES'] = before;
    }
  },
);

/** Runs a module in a process of its own, with `hook` loaded first. */
function runModule(code: string, hook = ''): { status: number | null; stdout: string } {
  const source = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;
  const preload = hook === '' ? [] : ['--import', source(hook)];
  const script = `import * as webgpu from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};\n${code}`;
  const { status, stdout } = spawnSync(process.execPath, [...preload, '--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout };
}

it('a machine without the native module gets a sentence, not a crash', () => {
  const hook = `import { registerHooks } from 'node:module';
registerHooks({ resolve(name, context, next) {
  if (name === 'webgpu') throw new Error('invalid ELF header');
  return next(name, context);
} });`;
  const code = `console.log(JSON.stringify(await webgpu.listAdapters()));
await webgpu.describeWebGpu().catch(({ code, message }) => console.log(code, message));`;
  const { status, stdout } = runModule(code, hook);
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^\[\]\nBACKEND_UNAVAILABLE the npm package webgpu \(Dawn\) cannot be loaded on .*: invalid ELF header; reinstall/,
  );
});

it('a process ends by itself once its backend is closed', () => {
  const { status, stdout } = runModule(`const backend = await webgpu.createWebGpuBackend({ validateOnly: true });
backend.createBuffer('left alive', 1024);
await backend.flush();
await backend[Symbol.asyncDispose]();
console.log('closed');`);
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'closed\n' });
});
