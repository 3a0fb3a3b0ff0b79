import { backgroundModeAround, type HeadAnatomy } from '@efface/anatomy';
import { type Backend } from '@efface/compute';
import { countInRegion, type FacePlan, fillOfPlan, type Finding, type KeptBack, maskOfPlan } from '@efface/deface';
import { type Alteration, type Scan, type StudyEntry } from '@efface/io';
import { type RecordImage } from '@efface/report';
import { type Mask, maskCount, spacingMm, voxelVolumeMm3 } from '@efface/volume';
import { recordFiles } from '../hashes.ts';
import { type RecognitionCheck } from '../recognition.ts';

/** Why voxels stay, in words. */
const KEPT_BECAUSE: Readonly<Record<KeptBack['what'], string>> = {
  brain: 'too near the brain',
  protected: 'protected',
  padding: 'padding',
};

/** One image of a case, altered in thought: mask and fill are known, nothing is written. */
export interface AlteredImage {
  readonly scan: Scan;
  readonly mask: Mask;
  readonly alteration: Alteration;
  readonly fillReal?: number;
  readonly keptBack: readonly KeptBack[];
  readonly findings: readonly Finding[];
  readonly alteredBodyMl: number;
}

/** What a plan makes of an image. */
export async function alterImage(
  backend: Backend,
  scan: Scan,
  anatomy: HeadAnatomy,
  plan: FacePlan,
  { softwareVersion, isReference }: { readonly softwareVersion: string; readonly isReference: boolean },
): Promise<AlteredImage> {
  const { volume } = scan;
  const findings: Finding[] = [];
  const { mask, keptBack } = await maskOfPlan(backend, plan, volume);
  if (maskCount(mask) === 0)
    findings.push({ code: 'NOTHING_REMOVED', severity: 'fail', message: `${scan.label}: the region removes no voxel` });
  for (const { what, name, nVoxels } of keptBack)
    findings.push({
      code: 'REGION_KEPT_BACK',
      severity: 'note',
      message: `${scan.label}: ${nVoxels} voxels of the region stay: ${KEPT_BECAUSE[what]}${name === undefined ? '' : ` (${name})`}`,
    });
  // The anatomy is that of the reference; an MR beside a CT has air of its own.
  const backgroundReal = isReference ? undefined : backgroundModeAround(volume, anatomy.body);
  const { fill, fillReal, clipped } = await fillOfPlan(
    backend,
    plan,
    scan.frames,
    mask,
    backgroundReal ?? anatomy.background.modeReal,
  );
  if (clipped)
    findings.push({
      code: 'FILL_CLIPPED',
      severity: 'review',
      message: `${scan.label}: stored as ${volume.type}, which cannot hold ${fillReal === undefined ? 'all fill values' : `the fill value ${fillReal}`}; the nearest value was used`,
    });
  const brainVoxels = await countInRegion(backend, plan, anatomy.brain);
  if (brainVoxels > 0)
    findings.push({
      code: 'BRAIN_TOUCHED',
      severity: 'fail',
      message: `${scan.label}: ${brainVoxels} brain voxels would change`,
    });
  const bodyVoxels = await countInRegion(backend, plan, anatomy.body);
  const alteredBodyMl = (bodyVoxels * voxelVolumeMm3(anatomy.body.grid)) / 1000;
  const parameters = Object.entries(plan.parameters).map(([name, value]) => `${name}=${String(value)}`);
  const alteration: Alteration = {
    mask,
    fill,
    methodText: `efface ${plan.method} ${plan.rule} ${parameters.join(' ')}`.trim(),
    softwareVersion,
    verified: false,
  };
  return { scan, mask, alteration, ...(fillReal === undefined ? {} : { fillReal }), keptBack, findings, alteredBodyMl };
}

/** What the record says of an image. */
export async function recordImage(
  image: AlteredImage,
  entry: StudyEntry,
  files: readonly string[],
  warnings: RecordImage['warnings'],
  recognised: RecognitionCheck | undefined,
): Promise<RecordImage> {
  const { volume } = image.scan;
  const voxelMl = voxelVolumeMm3(volume.grid) / 1000;
  const alteredVoxels = maskCount(image.mask);
  return {
    label: image.scan.label,
    modality: volume.modality,
    sizeIjk: volume.grid.sizeIjk,
    spacingMm: spacingMm(volume.grid),
    storedType: volume.type,
    alteredVoxels,
    alteredMl: alteredVoxels * voxelMl,
    alteredBodyMl: image.alteredBodyMl,
    ...(image.fillReal === undefined ? {} : { fillReal: image.fillReal }),
    keptBack: image.keptBack,
    ...(recognised ? { recognition: recognised.measured } : {}),
    input: await recordFiles(entry.files),
    output: await recordFiles(files),
    warnings,
  };
}
