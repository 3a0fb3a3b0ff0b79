// Starts a command with a Vulkan driver in software: `node tools/software-gpu/run.ts [--prefer-hardware] -- COMMAND …`.
// The loader reads these variables when it is loaded, so they must be set before node starts.
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { unpackSoftwareGpu } from './unpack.ts';

const root = join(import.meta.dirname, '..', '..');
const separator = process.argv.indexOf('--');
const flags = process.argv.slice(2, separator < 0 ? undefined : separator);
const [command, ...args] = separator < 0 ? [] : process.argv.slice(separator + 1);

if (command === undefined || flags.some((flag) => flag !== '--prefer-hardware')) {
  console.error('usage: node tools/software-gpu/run.ts [--prefer-hardware] -- COMMAND [ARG …]');
  process.exitCode = 2;
} else {
  const isHardware = flags.includes('--prefer-hardware') && hasHardware();
  const environment = isHardware ? {} : softwareEnvironment();
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
  runCommand(command, args, { ...process.env, ...environment, PATH: path });
}

/** Variables that make the Vulkan loader find SwiftShader and nothing else. */
function softwareEnvironment(): Record<string, string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.error('no software GPU for this platform; GPU tests will be skipped');
    return {};
  }
  const folder = unpackSoftwareGpu();
  const manifest = join(folder, 'vk_swiftshader_icd.json');
  const libraries = [folder, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(delimiter);
  return { VK_DRIVER_FILES: manifest, VK_ICD_FILENAMES: manifest, LD_LIBRARY_PATH: libraries };
}

/** Asks a child whether there is an adapter that is no processor, since the loader cannot be reloaded in here. */
function hasHardware(): boolean {
  const script = join(import.meta.dirname, 'probe-hardware.ts');
  return spawnSync(process.execPath, [script], { stdio: 'ignore', timeout: 60_000 }).status === 0;
}

/** Runs the command in this process's place: same terminal, same exit code, signals passed on. */
function runCommand(name: string, parameters: readonly string[], env: NodeJS.ProcessEnv): void {
  const child = spawn(name, parameters, { stdio: 'inherit', env });
  // A terminal sends SIGINT to the child itself; here it only must not end the wrapper first.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('error', ({ message }) => {
    console.error(`${name}: ${message}`);
    process.exitCode = 127;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  });
}
