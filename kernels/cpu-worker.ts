// Entry of the threads of the CPU backend when running from source; the bundle is its own entry.
import { serveCpuWorker } from '@efface/compute';
import { registry } from './registry.ts';

serveCpuWorker(registry);
