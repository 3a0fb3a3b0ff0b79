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
