import { type BackendInfo } from '../backend.ts';
import { type AdapterOptions, listAdapters, openAdapter } from './gpu.ts';

/** Limits raised to what the adapter can do; all others stay at WebGPU's defaults, so that kernels stay portable. */
const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
] as const;

/** Features used when they are there. */
const WANTED_FEATURES = ['timestamp-query', 'subgroups'] as const;

/** A device and what there is to say about its adapter. */
export interface OpenDevice {
  readonly device: GPUDevice;
  readonly info: BackendInfo;
}

/** Opens an adapter and its device. Throws BackendUnavailableError. */
export async function openDevice(options: AdapterOptions): Promise<OpenDevice> {
  const adapter = await openAdapter(options);
  const device = await adapter.requestDevice({
    requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(RAISED_LIMITS.map((name) => [name, adapter.limits[name]])),
  });
  return { device, info: await infoOfAdapter(adapter, options) };
}

/** Opens an adapter only to describe it. Throws BackendUnavailableError with the reason when there is none. */
export async function describeWebGpu(options: AdapterOptions = {}): Promise<BackendInfo> {
  const adapter = await openAdapter(options);
  return infoOfAdapter(adapter, options);
}

/** What there is to say about an adapter, for records and `efface doctor`. */
async function infoOfAdapter(adapter: GPUAdapter, options: AdapterOptions): Promise<BackendInfo> {
  const { vendor, architecture, device, description } = adapter.info;
  const limits: Record<string, number> = {};
  for (const name in adapter.limits) {
    const value: unknown = adapter.limits[name as keyof GPUSupportedLimits];
    if (typeof value === 'number') limits[name] = value;
  }
  // WebGPU names a device in lower case with dashes only; Dawn's list has the name on the box.
  const names = options.validateOnly ? [] : await listAdapters();
  const named = names.find((name) => slug(name) === slug(device)) ?? device;
  return {
    kind: 'webgpu',
    name: [named, description].filter((part) => part !== '').join(', ') || vendor,
    vendor,
    architecture,
    device: named,
    driver: description,
    features: [...adapter.features].sort(),
    limits,
    threads: 0,
  };
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, ''); // prettier-ignore
}
