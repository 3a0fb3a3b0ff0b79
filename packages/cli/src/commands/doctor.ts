import { type BackendInfo } from '@efface/compute';
import { availableBackends } from '@efface/kernels/backends';
import { totalmem } from 'node:os';
import { modelsFolder, type ModelsOptions } from '../networks.ts';
import { VERSION } from '../version.ts';
import { modelsOf } from './models.ts';

/** Options of `efface doctor`. */
export interface DoctorOptions extends ModelsOptions {
  readonly json?: boolean;
}

/** Limits worth a line; `--json` has all. */
const TOLD_LIMITS = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize',
  'maxStorageBuffersPerShaderStage',
] as const;

/** Prints what this machine has to run kernels and face networks on, what is missing and how to get it. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const backends = await availableBackends();
  const folder = modelsFolder(options);
  const models = await modelsOf(folder);
  const { platform, arch, version: node } = process;
  if (options.json) {
    const machine = { platform, arch, node, memoryBytes: totalmem() };
    process.stdout.write(`${JSON.stringify({ efface: VERSION, machine, backends, models }, null, 2)}\n`);
    return;
  }
  const lines = [`efface ${VERSION} on ${platform} ${arch}, Node ${node}, ${gib(totalmem())} memory`, ''];
  for (const backend of backends) {
    if ('missing' in backend) lines.push(`${backend.kind}: not available`, `  ${backend.missing}`);
    else
      lines.push(
        `${backend.kind}: ${backend.info.name}${backend.isAutomatic ? '  (used by default)' : ''}`,
        ...facts(backend.info),
      );
    lines.push('');
  }
  lines.push(`face networks: ${folder}`);
  for (const { name, fault } of models) lines.push(fault ? `  ${name}: ${fault.message} [${fault.code}]` : `  ${name}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function facts(info: BackendInfo): string[] {
  if (info.kind === 'cpu') return [`  ${info.threads} threads`];
  if (info.kind === 'gpujs') return ['  runs element-wise kernels only, for checks and benchmarks'];
  return [
    `  vendor ${info.vendor || 'unknown'}, architecture ${info.architecture || 'unknown'}, driver ${info.driver || 'unknown'}`,
    `  features: ${info.features.join(', ')}`,
    ...TOLD_LIMITS.map((name) => `  ${name}: ${info.limits[name]}`),
  ];
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
