// Entry of the threads of the CPU backend, from source and bundled.
import { serveCpuWorker } from '@efface/compute';
import { registry } from './registry.ts';

serveCpuWorker(registry);
