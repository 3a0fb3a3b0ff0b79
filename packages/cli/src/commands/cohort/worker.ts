import { COHORT_FILES, type CohortPlan, type ItemContext,
  ItemRunner, readPlan, readTemplate, recognitionBy, serveItems, shippedTemplatePath } from '@efface/cohort'; // prettier-ignore
import { abortAll, sha256OfFile } from '@efface/io';
import { METHODS } from '@efface/deface';
import { EffaceError, EXIT_CODES } from '@efface/volume';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFailure } from '../../failure.ts';
import { cliCalibration, type NetworkOptions, openCliNetworks } from '../../networks.ts';
import { type ComputeOptions } from '../../options.ts';
import { withCliBackend } from '../../session.ts';
import { VERSION } from '../../version.ts';
import { sha256OfFolder } from './plan.ts';

/** Options of `efface cohort worker`, which `efface cohort run` starts. */
export type CohortWorkerOptions = ComputeOptions & Pick<NetworkOptions, 'ortProvider' | 'models'>;

/** What decides the results is not what it was when the plan was made. */
class SettingsChangedError extends EffaceError {
  constructor(path: string) {
    super('PLAN_CHANGED', 'inputRefused', `${path}: is not what it was when the plan was made; make the plan anew`);
  }
}

/** Serves items to the run that started this process: device, networks and template are opened once. */
export async function cohortWorker(folder: string, options: CohortWorkerOptions): Promise<void> {
  stopOnSignals();
  try {
    const plan = await readPlan(folder);
    const { config } = plan;
    const template = await templateOf(plan);
    const uidKey = await readFile(join(folder, COHORT_FILES.uidKey));
    const { path: calibration, sha256 } = config.calibration ?? {};
    if (calibration !== undefined && (await sha256OfFile(calibration)) !== sha256)
      throw new SettingsChangedError(calibration);
    const networkOptions: NetworkOptions = {
      ...options,
      ...(config.recogniser === undefined ? {} : { recogniser: config.recogniser }),
      ...(calibration === undefined ? {} : { calibration }),
    };
    await using opened = config.verify === 'off' ? undefined : await openCliNetworks(networkOptions, options.threads);
    const recognition = opened && config.verify !== 'off' ? recognitionBy(await cliCalibration(networkOptions), { mode: config.verify, ...opened }) : undefined; // prettier-ignore
    await withCliBackend(options, async (backend) => {
      const context = { backend, plan, folder, ...template, ...(recognition ? { recognition } : {}), uidKey, softwareVersion: VERSION }; // prettier-ignore
      await serveItems(new ItemRunner(context), plan, backend.info.name, describeFailure);
    });
  } catch (error) {
    // The run prints it.
    process.send?.({ kind: 'stop', failure: describeFailure(error) });
    throw error;
  } finally {
    if (process.connected) process.disconnect();
  }
}

async function templateOf({ config }: CohortPlan): Promise<Pick<ItemContext, 'template'>> {
  const isNeeded = config.ways.some(({ method, otherwise = [] }) => [method, ...otherwise].some((own) => METHODS[own.method].needsTemplate)); // prettier-ignore
  if (!isNeeded) return {};
  const path = config.template.path ?? shippedTemplatePath();
  if ((await sha256OfFolder(path)) !== config.template.sha256) throw new SettingsChangedError(path);
  return { template: await readTemplate(path) };
}

/** A signal ends this process without a word: the run says what happened. Staged output is removed. */
function stopOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      abortAll();
      // eslint-disable-next-line no-restricted-syntax -- worker threads and the device would keep the process alive
      process.exit(EXIT_CODES.interrupted.code);
    });
}
