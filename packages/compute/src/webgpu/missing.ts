import { readdirSync } from 'node:fs';

/** Where the Vulkan loader looks for drivers (its own documentation, "Driver discovery on Linux"). */
const MANIFEST_FOLDERS = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

const LOADER = 'libvulkan.so.1';

/** What a machine has for WebGPU to stand on. */
export interface GraphicsStack {
  readonly platform: NodeJS.Platform;
  /** Linux: can the Vulkan loader be loaded? */
  readonly hasLoader: boolean;
  /** Linux: driver manifests the loader would read. */
  readonly manifests: readonly string[];
}

/** Looks at this machine. */
export function inspectGraphicsStack(): GraphicsStack {
  const { platform } = process;
  if (platform !== 'linux') return { platform, hasLoader: false, manifests: [] };
  const named = (process.env['VK_DRIVER_FILES'] ?? process.env['VK_ICD_FILENAMES'] ?? '').split(':').filter(Boolean);
  return {
    platform,
    hasLoader: canLoad(LOADER),
    manifests: named.length > 0 ? named : MANIFEST_FOLDERS.flatMap(manifestsIn),
  };
}

/** Linux without the Vulkan loader: Dawn finds nothing there, and writes a warning of its own where nobody asked for one. */
export function lacksLoader(): boolean {
  return process.platform === 'linux' && !canLoad(LOADER);
}

/** One sentence: what is missing for an adapter, and how to get it. */
export function adviceFor({ platform, hasLoader, manifests }: GraphicsStack): string {
  const otherwise = 'or use --backend cpu';
  if (platform !== 'linux') return `update the graphics driver, ${otherwise}`;
  const software = 'start the command through `npm run software-gpu --`';
  if (!hasLoader)
    return `the Vulkan loader ${LOADER} is missing: install it (Debian, Ubuntu: libvulkan1; Fedora: vulkan-loader) and the GPU’s driver, ${software}, ${otherwise}`;
  if (manifests.length === 0)
    return `the Vulkan loader is there but finds no driver: install the GPU’s (Debian, Ubuntu: mesa-vulkan-drivers for AMD and Intel, the vendor’s for NVIDIA; in a container NVIDIA_DRIVER_CAPABILITIES must hold "graphics"), ${software}, ${otherwise}`;
  return `the Vulkan loader is there, but none of its drivers serves a device that WebGPU can use (${manifests.join(', ')}): check that the GPU is visible and its driver current, ${software}, ${otherwise}`;
}

function manifestsIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json')).sort().map((name) => `${folder}/${name}`); // prettier-ignore
  } catch {
    return [];
  }
}

/** A library that is no Node addon is refused after it was loaded, with another message than one that is not there. */
function canLoad(library: string): boolean {
  try {
    process.dlopen({ exports: {} }, library);
    return true;
  } catch (error) {
    return !/cannot open shared object file|no such file/i.test(String(error));
  }
}
