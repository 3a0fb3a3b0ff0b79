// What a whole process shows: that it starts without the native module, ends when it is done, and survives collections.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** Runs a module in a process of its own, with `hook` loaded first. */
function runModule(code: string, hook = ''): { status: number | null; stdout: string; stderr: string } {
  const source = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;
  const preload = hook === '' ? [] : ['--import', source(hook)];
  const script = `import * as webgpu from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};\n${code}`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', ...preload, '--input-type=module', '--eval', script],
    {
      encoding: 'utf8',
      timeout: 60_000,
    },
  );
  return { status, stdout, stderr };
}

it('a machine without the native module gets a sentence, not a crash', () => {
  const hook = `import { registerHooks } from 'node:module';
registerHooks({ resolve(name, context, next) {
  if (name === 'webgpu') throw new Error('invalid ELF header');
  return next(name, context);
} });`;
  const code = `console.log(JSON.stringify(await webgpu.listAdapters()));
await webgpu.describeWebGpu({ validateOnly: true }).catch(({ code, message }) => console.log(code, message));`;
  const { status, stdout } = runModule(code, hook);
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^\[\]\nBACKEND_UNAVAILABLE the npm package webgpu \(Dawn\) cannot be loaded on .*: invalid ELF header; reinstall/,
  );
});

it.skipIf(process.platform !== 'linux')(
  'a machine without the Vulkan loader (Linux) hears it from us, and nothing from Dawn',
  () => {
    const hook = `process.dlopen = (module, name) => { throw new Error(name + ': cannot open shared object file'); };`;
    const code = `console.log(JSON.stringify(await webgpu.listAdapters()));
await webgpu.createWebGpuBackend().catch(({ code, message }) => console.log(code, message));`;
    const { status, stdout, stderr } = runModule(code, hook);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(
      /^\[\]\nBACKEND_UNAVAILABLE no WebGPU adapter; the Vulkan loader libvulkan\.so\.1 is missing/,
    );
  },
);

it('a process ends by itself once its backend is closed', () => {
  const { status, stdout } = runModule(`const backend = await webgpu.createWebGpuBackend({ validateOnly: true });
backend.createBuffer('left alive', 1024);
await backend.flush();
await backend[Symbol.asyncDispose]();
console.log('closed');`);
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'closed\n' });
});

it('backends come and go while the collector runs', () => {
  const { status, stdout } = runModule(`for (let n = 0; n < 120; n++) {
  const backend = await webgpu.createWebGpuBackend({ validateOnly: true });
  await backend[Symbol.asyncDispose]();
  if (n % 3 === 0) globalThis.gc();
  // Dawn goes on in later turns of the event loop.
  for (let turn = 0; turn < n % 3; turn++) await new Promise((done) => setImmediate(done));
}
console.log('alive');`);
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'alive\n' });
});
