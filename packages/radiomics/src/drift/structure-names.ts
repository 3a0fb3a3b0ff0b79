import { EffaceError } from '@efface/volume';
import * as z from 'zod';

/** Names of structures in the order of the 2023 study, each with other names it goes by. */
export type StructureAliases = Readonly<Record<string, readonly string[]>>;

/** A table of names that cannot be used; the message names the file. */
export class StructureAliasError extends EffaceError {
  constructor(message: string) {
    super('STRUCTURE_ALIASES_INVALID', 'usage', message);
  }
}

/**
 * The twelve structures of the 2023 study by its names, which are those of AAPM TG-263 (Mayo et al. 2018) but for
 * "Target", with what planning systems and public collections call them.
 */
export const STUDY_STRUCTURES: StructureAliases = {
  Bone_Mandible: ['Mandible', 'Mandibula', 'Lower Jaw'],
  Brain: ['Cerebrum', 'Whole Brain', 'Brain Total'],
  Brainstem: ['Brain Stem', 'BS', 'Truncus'],
  Target: ['PTV', 'PTV70', 'PTV High', 'GTV', 'GTVp', 'GTV1', 'CTV', 'Tumor', 'Tumour'],
  Cavity_Oral: ['Oral Cavity', 'Mouth', 'OralCav'],
  OpticChiasm: ['Chiasm', 'Optic Chiasma', 'Chiasma', 'Opt Chiasm'],
  Eye_L: ['Left Eye', 'Eye Left', 'Lt Eye', 'Globe L', 'Eyeball L', 'Oculus L'],
  Eye_R: ['Right Eye', 'Eye Right', 'Rt Eye', 'Globe R', 'Eyeball R', 'Oculus R'],
  OpticNrv_L: ['Left Optic Nerve', 'Optic Nerve L', 'Optic Nerve Left', 'OpticNerve_L', 'Opt Nerve L', 'ON L'],
  OpticNrv_R: ['Right Optic Nerve', 'Optic Nerve R', 'Optic Nerve Right', 'OpticNerve_R', 'Opt Nerve R', 'ON R'],
  Parotid_L: ['Left Parotid', 'Parotid Left', 'Lt Parotid', 'Glnd Parotid L', 'Parotis L'],
  Parotid_R: ['Right Parotid', 'Parotid Right', 'Rt Parotid', 'Glnd Parotid R', 'Parotis R'],
};

const ALIASES = z.record(z.string().min(1), z.array(z.string().min(1)));

/**
 * Reads a table of names in JSON: `{"Parotid_L": ["Left Parotid", …], …}`. Its rows replace those of the same name and come
 * after the others.
 * @throws StructureAliasError for text that is no such table, and where one name stands for two structures
 */
export function parseStructureAliases(text: string, path: string): StructureAliases {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw new StructureAliasError(`${path}: is no JSON`);
  }
  const parsed = ALIASES.safeParse(found);
  if (!parsed.success)
    throw new StructureAliasError(
      `${path}: ${parsed.error.issues[0].path.join('.')}: ${parsed.error.issues[0].message}; {"Parotid_L": ["Left Parotid"]} was expected`,
    );
  const aliases = { ...STUDY_STRUCTURES, ...parsed.data };
  const owners = new Map<string, string>();
  for (const [name, others] of Object.entries(aliases))
    for (const other of [name, ...others]) {
      const owner = owners.get(plain(other));
      if (owner !== undefined && owner !== name)
        throw new StructureAliasError(`${path}: "${other}" stands for both ${owner} and ${name}`);
      owners.set(plain(other), name);
    }
  return aliases;
}

/** Letters and digits only, in small letters: people write names with blanks, dashes and underscores as they like. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');

/** The name a structure has in tables: that of the table, or its own. */
export function canonicalName(name: string, aliases: StructureAliases = STUDY_STRUCTURES): string {
  const key = plain(name);
  const found = Object.entries(aliases).find(([own, others]) => [own, ...others].some((other) => plain(other) === key));
  return found?.[0] ?? name;
}

/** Do two names stand for one structure, however they are written? */
export function isSameStructure(a: string, b: string, aliases: StructureAliases = STUDY_STRUCTURES): boolean {
  return plain(canonicalName(a, aliases)) === plain(canonicalName(b, aliases));
}
