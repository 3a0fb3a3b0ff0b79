// A real Slurm of one host: controller, node and munge from Debian's packages, on loopback, in a folder of its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Programs the cluster is made of. */
const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scancel', 'scontrol', 'sinfo'] as const;

const DAEMONS = ['slurmd', 'slurmctld', 'munged'] as const;

/** How long daemons may take to come up or go down, ms. */
const PATIENCE_MS = 30_000;

/** Why no cluster can be started here; undefined when one can. */
export function missingForCluster(): string | undefined {
  if (process.getuid?.() !== 0)
    return 'a Slurm node runs jobs as their owners and must be started by root (a container will do)';
  const missing = PROGRAMS.filter((name) => spawnSync('which', [name]).status !== 0);
  if (missing.length > 0) return `${missing.join(', ')} not found; on Debian: apt-get install slurm-wlm munge`;
  return undefined;
}

const confOf = (folder: string): string => join(folder, 'slurm.conf');

/** What programs of this cluster need to find it. */
export function clusterEnvironment(folder: string): { readonly SLURM_CONF: string } {
  return { SLURM_CONF: confOf(folder) };
}

/**
 * Starts a cluster in a folder that is not there yet, and waits until its node takes jobs. Throws a sentence when it does not.
 * Nothing listens but on 127.0.0.1.
 */
export async function startCluster(folder: string): Promise<void> {
  const missing = missingForCluster();
  if (missing !== undefined) throw new Error(missing);
  if (/[\s#"'\\]/.test(folder)) throw new Error(`${folder}: slurm.conf takes no path with blanks, quotes or '#'`);
  if (existsSync(folder)) throw new Error(`${folder}: is there already; stop that cluster first`);
  for (const name of ['', 'state', 'spool']) mkdirSync(join(folder, name), { recursive: true });
  // munge wants its socket to be reachable and its key to be secret.
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'munge.key'), randomBytes(1024), { mode: 0o400 });
  writeFileSync(confOf(folder), configuration(folder, await freePort(), await freePort()));
  const own = ['socket', 'key-file', 'pid-file', 'log-file', 'seed-file'].flatMap((name) => [`--${name}`, join(folder, FILES[name])]); // prettier-ignore
  execFileSync('munged', own, { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('slurmctld', ['-f', confOf(folder), '-c'], { stdio: 'ignore' });
  execFileSync('slurmd', ['-f', confOf(folder), '-c'], { stdio: 'ignore' });
  const isUp = await within(PATIENCE_MS, () => ask(folder, 'sinfo', ['--noheader', '--format=%T']) === 'idle');
  if (isUp) return;
  const log = ['slurmctld.log', 'slurmd.log'].map((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(-15).join('\n')); // prettier-ignore
  await stopCluster(folder);
  throw new Error(
    `the node took no jobs within ${PATIENCE_MS / 1000} s; the last lines of its logs:\n${log.join('\n')}`,
  );
}

const FILES: Readonly<Record<string, string>> = {
  socket: 'munge.socket',
  'key-file': 'munge.key',
  'pid-file': 'munged.pid',
  'log-file': 'munged.log',
  'seed-file': 'munged.seed',
};

/** Ends all jobs and daemons of a cluster and removes its folder. */
export async function stopCluster(folder: string): Promise<void> {
  if (!existsSync(confOf(folder))) throw new Error(`${folder}: holds no cluster`);
  for (const job of ask(folder, 'squeue', ['--noheader', '--format=%F']).split('\n')) if (job !== '') ask(folder, 'scancel', [job]); // prettier-ignore
  await within(PATIENCE_MS, () => ask(folder, 'squeue', ['--noheader']) === '');
  const pids = DAEMONS.map((name) => pidOf(folder, name)).filter((pid) => pid !== undefined);
  for (const pid of pids) process.kill(pid, 'SIGTERM');
  if (!(await within(PATIENCE_MS, () => !pids.some(isRunning)))) for (const pid of pids.filter(isRunning)) process.kill(pid, 'SIGKILL'); // prettier-ignore
  rmSync(folder, { recursive: true, force: true });
}

/** Number of a daemon, when it is alive and of this cluster: numbers are used again. */
function pidOf(folder: string, name: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(folder, `${name}.pid`), 'utf8'));
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder) ? pid : undefined;
  } catch {
    return undefined;
  }
}

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** What a program prints, without the last line end; '' when it fails. */
function ask(folder: string, program: string, words: readonly string[]): string {
  const env = { ...process.env, ...clusterEnvironment(folder) };
  return spawnSync(program, words, { encoding: 'utf8', env, timeout: PATIENCE_MS }).stdout.trim();
}

async function within(timeMs: number, isSo: () => boolean): Promise<boolean> {
  const end = performance.now() + timeMs;
  while (!isSo()) {
    if (performance.now() > end) return false;
    await sleep(200);
  }
  return true;
}

/** A port of 127.0.0.1 that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no port is free'));
      });
    });
  });
}

function configuration(folder: string, controllerPort: number, nodePort: number): string {
  const host = hostname().split('.')[0];
  return `ClusterName=efface
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmdPort=${nodePort}
# Bind to 127.0.0.1, not to every address.
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
# No cgroups, no accounts, no MPI: what a container has.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
KillWait=5
NodeName=${host} NodeAddr=127.0.0.1 CPUs=${availableParallelism()} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}
