// Starts a command with a Vulkan driver in software: `node tools/software-gpu/run.ts [--prefer-hardware] -- COMMAND …`.
// The loader reads these variables when it is loaded, so they must be set before node starts.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { unpackSoftwareGpu } from './unpack.ts';

const separator = process.argv.indexOf('--');
const flags = process.argv.slice(2, separator < 0 ? undefined : separator);
const [command, ...args] = separator < 0 ? [] : process.argv.slice(separator + 1);

function softwareEnvironment(): Record<string, string> {
  const folder = unpackSoftwareGpu();
  const manifest = join(folder, 'vk_swiftshader_icd.json');
  const libraries = [folder, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(delimiter);
  return { VK_DRIVER_FILES: manifest, VK_ICD_FILENAMES: manifest, LD_LIBRARY_PATH: libraries };
}

/** Asks a child whether there is an adapter that is no processor, since the loader cannot be reloaded in here. */
function hasHardware(): boolean {
  const probe = spawnSync(process.execPath, [join(import.meta.dirname, 'probe-hardware.ts')], { stdio: 'ignore', timeout: 60_000 });
  return probe.status === 0;
}

if (command === undefined || flags.some((flag) => flag !== '--prefer-hardware')) {
  console.error('usage: node tools/software-gpu/run.ts [--prefer-hardware] -- COMMAND [ARG …]');
  process.exitCode = 2;
} else {
  const isHardware = flags.includes('--prefer-hardware') && hasHardware();
  const isSupported = process.platform === 'linux' && process.arch === 'x64';
  if (!isHardware && !isSupported) console.error('no software GPU for this platform; GPU tests will be skipped');
  const environment = isHardware || !isSupported ? {} : softwareEnvironment();
  const bin = join(import.meta.dirname, '..', '..', 'node_modules', '.bin');
  const path = [bin, process.env['PATH']].join(delimiter);
  const { status, signal, error } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, ...environment, PATH: path },
  });
  if (error) console.error(`${command}: ${error.message}`);
  process.exitCode = status ?? (signal ? 1 : 127);
}
