// `node tools/slurm/main.ts start|stop|test [FOLDER]`: a real one-host Slurm, and what efface does on it.
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { clusterEnvironment, missingForCluster, startCluster, stopCluster } from './cluster.ts';

const [command, given] = process.argv.slice(2);
// A test has a cluster of its own.
const folder = resolve(given ?? join(tmpdir(), command === 'test' ? `efface-slurm-${process.pid}` : 'efface-slurm'));

try {
  if (command === 'start') {
    await startCluster(folder);
    console.log(`export SLURM_CONF=${clusterEnvironment(folder).SLURM_CONF}`);
  } else if (command === 'stop') await stopCluster(folder);
  else if (command === 'test') {
    const missing = missingForCluster();
    if (missing !== undefined) throw new Error(missing);
    const { testCohortOnSlurm } = await import('./cohort-on-slurm.ts');
    await testCohortOnSlurm(folder);
  } else {
    console.error('usage: node tools/slurm/main.ts start|stop|test [FOLDER]');
    process.exitCode = 2;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
