import { serveCpuWorker } from '../cpu/worker.ts';
import { fixtureRegistry } from './fixture-kernels.ts';

serveCpuWorker(fixtureRegistry);
