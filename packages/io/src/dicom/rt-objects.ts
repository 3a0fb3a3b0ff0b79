import { findFiles, readStart } from '../input-files.ts';
import { START_BYTES } from '../format.ts';
import { hasDicomPrefix, readDicomFile } from './file.ts';
import { RT_DOSE, RT_STRUCTURE_SET } from './instance.ts';
import { TAG } from './tags.ts';

/** Files of a radiotherapy study that are no images, by what they are. */
export interface RtObjects {
  readonly structureSets: readonly string[];
  readonly doses: readonly string[];
}

/**
 * RT Structure Sets and RT Doses at a path, a file or a folder with all folders below it, whatever their names. Files
 * that cannot be read are passed over: `openStudy` names them.
 * @throws InputNotFoundError when the path does not exist
 */
export async function findRtObjects(path: string): Promise<RtObjects> {
  const structureSets: string[] = [];
  const doses: string[] = [];
  for (const file of (await findFiles(path)).files) {
    if (!hasDicomPrefix(await readStart(file, START_BYTES))) continue;
    const sopClass = (await readDicomFile(file)).dataSet.text(TAG.sopClassUid);
    if (sopClass === RT_STRUCTURE_SET) structureSets.push(file);
    if (sopClass === RT_DOSE) doses.push(file);
  }
  return { structureSets, doses };
}
