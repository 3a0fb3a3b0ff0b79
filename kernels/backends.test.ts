import { BackendUnavailableError } from '@efface/compute';
import { afterEach, describe, expect, it } from 'vitest';
import { availableBackends, openBackend } from './backends.ts';
import { maskCount } from './index.ts';

const named = process.env['EFFACE_ADAPTER'];

const software = (await availableBackends()).find(
  (backend) => 'info' in backend && /swiftshader/i.test(backend.info.name),
);

describe('backends of this machine', () => {
  afterEach(() => {
    if (named === undefined) delete process.env['EFFACE_ADAPTER'];
    else process.env['EFFACE_ADAPTER'] = named;
  });

  it('are all that open; one of them is what auto takes', async () => {
    const found = await availableBackends();
    expect(found.at(-1)).toMatchObject({
      kind: 'gpujs',
      info: { name: expect.stringMatching(/^gpu\.js 2\..* mode/) as string },
    });
    expect(found.at(-2)).toMatchObject({ kind: 'cpu', info: { threads: expect.any(Number) as number } });
    expect(found.slice(0, -2).every(({ kind }) => kind === 'webgpu')).toBe(true);
    expect(found.length).toBeGreaterThanOrEqual(3);
    expect(found.filter((backend) => 'info' in backend && backend.isAutomatic)).toHaveLength(1);
    for (const backend of found) if ('missing' in backend) expect(backend.missing).toMatch(/--backend cpu$/);
  });

  it.skipIf(software === undefined)(
    'auto passes a processor that plays GPU over, unless it is named (needs SwiftShader)',
    async () => {
      expect(await kindOfAuto()).toBe('cpu');
      // Part of the name, in other capitals.
      process.env['EFFACE_ADAPTER'] = 'SWIFTSHADER';
      expect(await kindOfAuto()).toBe('webgpu');
    },
  );

  it('an adapter that is named and not there is an error, whatever else there is', async () => {
    process.env['EFFACE_ADAPTER'] = 'no such card';
    for (const choice of ['auto', 'webgpu'] as const)
      await expect(openBackend(choice)).rejects.toThrow(BackendUnavailableError);
    await expect(openBackend('webgpu', { adapter: 'neither' })).rejects.toThrow(/no WebGPU adapter called neither; /);
  });

  it('the CPU backend runs kernels on as many threads as it is told', async () => {
    await using backend = await openBackend('cpu', { threads: 2, inlineBelowNs: 0 });
    expect(backend.info.threads).toBe(2);
    const mask = backend.createBuffer('mask', 8, Uint32Array.of(0b1011, 0xffffffff));
    expect(await maskCount(backend, mask)).toBe(3 + 32);
    backend.release(mask);
  });
});

async function kindOfAuto(): Promise<string> {
  await using backend = await openBackend('auto');
  return backend.kind;
}
