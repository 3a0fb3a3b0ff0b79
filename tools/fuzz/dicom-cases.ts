import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dice } from './dice.ts';
import { chooseChange } from './dicom-mutations.ts';
import { cloneTree, type DicomTree, encodeTree } from './dicom-tree.ts';
import { damageBytes, type FuzzInput, type MakeInput } from './fuzz-case.ts';

/** A folder of DICOM files, whole or damaged, made from one of the sets. */
export function makeDicom(sets: readonly (readonly DicomTree[])[]): MakeInput {
  return (dice, folder) => {
    const set = dice.pick(sets);
    const what = [`${set[0].name.split('/')[0]}, ${set.length} files`];
    const trees = set.map(cloneTree);
    const nChanges = dice.weighted([[1, 0], [6, 1], [3, 2], [1, 4]]); // prettier-ignore
    for (let n = 0; n < nChanges; n++) {
      const one = dice.pick(trees);
      const change = chooseChange(dice, one);
      const isAll = dice.chance(0.7);
      for (const tree of isAll ? trees : [one]) change.apply(tree);
      what.push(`${isAll ? 'all' : one.name}: ${change.what}`);
    }
    const files = trees.map(encodeTree);
    if (dice.chance(0.15)) {
      const n = dice.int(files.length);
      files[n] = damageBytes(dice, files[n], what);
    }
    mkdirSync(folder, { recursive: true });
    const ending = dice.pick(['.dcm', '.dcm', '']);
    files.forEach((bytes, n) => writeFileSync(join(folder, `IM${n}${ending}`), bytes));
    return { what, path: folder, options: optionsOf(dice) };
  };
}

function optionsOf(dice: Dice): NonNullable<FuzzInput['options']> {
  return {
    allowResample: dice.chance(0.3),
    keepSourceReferences: dice.chance(0.2),
    allowUncleaned: dice.chance(0.2),
    ...(dice.chance(0.3) ? { uidKey: 'fuzz' } : {}),
  };
}
