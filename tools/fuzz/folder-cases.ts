import { buildNifti, UNIT_SFORM } from '@efface/io/testing';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dice } from './dice.ts';
import { type DicomTree, encodeTree } from './dicom-tree.ts';
import { type FuzzInput, type MakeInput } from './fuzz-case.ts';

const NAMES = [
  'line\nbreak.nii', '\u{1f9e0} head.nii', 'x'.repeat(251) + '.nii', ' spaces  .nii', '-rf.nii', '\x1b[31mred.nii', '\u202Egnp.nii', 'a\\b.nii', "quote'\".nii",
  'UPPER.NII', 'no-ending', '%s%n.nii', '..nii', '...', 'CON.nii', 'tab\there.nii.gz', 'é.nii', 'e\u0301.nii',
]; // prettier-ignore

/** A folder in which something is odd besides its files, with one good image in most cases. */
export function makeFolder(sets: readonly (readonly DicomTree[])[]): MakeInput {
  return (dice, folder) => {
    mkdirSync(folder, { recursive: true });
    const what: string[] = [];
    const nifti = buildNifti({ dim: [3, 3, 4, 2], datatype: 2, sform: UNIT_SFORM, voxels: dice.bytes(24) });
    const files: string[] = [];
    const put = (name: string, bytes: Uint8Array): void => {
      writeFileSync(join(folder, name), bytes);
      files.push(join(folder, name));
    };
    if (dice.chance(0.7)) put('image.nii', nifti);
    if (dice.chance(0.4)) dice.pick(sets).forEach((tree, n) => put(`IM${n}`, encodeTree(tree)));
    const nOdd = dice.between(1, 3);
    for (let n = 0; n < nOdd; n++) oddThing(dice, folder, nifti, what);
    const target = files.length > 0 ? dice.pick(files) : undefined;
    const meanwhile = target !== undefined && dice.chance(0.35) ? change(dice, target, what) : undefined;
    return { what, path: folder, ...(meanwhile ? { meanwhile } : {}) };
  };
}

function oddThing(dice: Dice, folder: string, nifti: Buffer, what: string[]): void {
  const unused = (name: string): string => join(folder, `${dice.int(1e6)}${name}`);
  const outside = join(folder, '..', 'elsewhere');
  switch (dice.int(12)) {
    case 0:
      symlinkSync(folder, unused('circle'));
      what.push('a link to the folder itself');
      return;
    case 1: {
      const [a, b] = [unused('a.nii'), unused('b.nii')];
      symlinkSync(a, b);
      symlinkSync(b, a);
      what.push('links in a circle');
      return;
    }
    case 2:
      mkdirSync(outside, { recursive: true });
      writeFileSync(join(outside, 'other.nii'), nifti);
      symlinkSync(outside, unused('out'));
      what.push('a link to a folder outside');
      return;
    case 3:
      execFileSync('mkfifo', [unused('pipe.nii')]);
      what.push('a pipe');
      return;
    case 4: {
      const path = unused('.nii');
      writeFileSync(path, nifti);
      chmodSync(path, 0);
      what.push('a file without permission');
      return;
    }
    case 5: {
      const name = dice.pick(NAMES);
      writeFileSync(join(folder, name), nifti);
      what.push(`a file called ${JSON.stringify(name)}`);
      return;
    }
    case 6:
      symlinkSync(dice.pick(['/dev/zero', '/dev/null', '/proc/self/mem', '/nowhere', '/dev/stdin']), unused('.nii'));
      what.push('a link to a device');
      return;
    case 7: {
      let deep = folder;
      for (let n = 0; n < 60; n++) deep = join(deep, 'deeper');
      mkdirSync(deep, { recursive: true });
      writeFileSync(join(deep, 'deep.nii'), nifti);
      what.push('a file 60 folders deep');
      return;
    }
    case 8:
      writeFileSync(unused(dice.pick(['.nii', '.nii.gz', '.dcm', '.txt'])), '');
      what.push('an empty file');
      return;
    case 9:
      writeFileSync(Buffer.concat([Buffer.from(join(folder, '/')), Buffer.from([0xff, 0xfe, 0x80])]), nifti);
      what.push('a name that is no UTF-8');
      return;
    case 10:
      mkdirSync(unused('.nii'));
      what.push('a folder called like a file');
      return;
    default:
      writeFileSync(unused(dice.pick(['.dcm', '.nii', '.ima', '.txt'])), dice.bytes(dice.int(400)));
      what.push('a file of noise');
  }
}

/** What happens to a file after its header was read. */
function change(dice: Dice, path: string, what: string[]): () => void {
  const kind = dice.int(4);
  const cut = dice.int(400);
  what.push(['a file vanishes', 'a file is cut', 'a file becomes a folder', 'a file becomes another'][kind]);
  return () => {
    if (kind === 0) rmSync(path);
    else if (kind === 1) truncateSync(path, cut);
    else if (kind === 2) {
      renameSync(path, `${path}.was`);
      mkdirSync(path);
    } else writeFileSync(path, Buffer.alloc(cut, 1));
  };
}

/** Rows that name what they should not. */
const CELLS = ['../up', '../../../etc/passwd', '/etc/passwd', 'a\0b', '..', '.', '', ' ', 'x'.repeat(5000), '\u{1f9e0}', 'a\nb', '__proto__', 'constructor', '=1+1', '"', '-x', 'CON', 'image.nii', 'image.nii', 'image.nii', 'Image.NII']; // prettier-ignore

/** A manifest of a cohort, and an image it may name. */
export function makeManifest(canary: string): MakeInput {
  return (dice, folder): FuzzInput => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'image.nii'),
      buildNifti({ dim: [3, 3, 4, 2], datatype: 2, sform: UNIT_SFORM, voxels: dice.bytes(24) }),
    );
    const columns = ['subject', 'session', 'path', 'modality', 'structures', 'dose'];
    const own = columns.filter((column) => ['subject', 'path'].includes(column) || dice.chance(0.3));
    const cell = (column: string): string => {
      if (column === 'path' && dice.chance(0.7)) return 'image.nii';
      if (column === 'modality') return dice.pick(['CT', 'MR', '', 'ct', 'XX']);
      return dice.pick(CELLS);
    };
    const rows = Array.from({ length: dice.int(4) }, () => own.map(cell));
    const isCsv = dice.chance(0.5);
    const what = [`${isCsv ? 'CSV' : 'JSON'}, ${rows.length} rows`];
    const quoted = (text: string): string => (dice.chance(0.8) ? `"${text.replaceAll('"', '""')}"` : text);
    let text = isCsv
      ? [own, ...rows].map((row) => row.map(quoted).join(',')).join('\n')
      : JSON.stringify(rows.map((row) => Object.fromEntries(row.map((value, n) => [own[n], value]))));
    if (dice.chance(0.3)) {
      const at = dice.int(text.length + 1);
      text = text.slice(0, at) + dice.pick([`${canary},`, `"${canary}"`, '\0', '"', '{', '[', '\n', '}]', ',,,']) + text.slice(at);
      what.push('text put in');
    } // prettier-ignore
    if (dice.chance(0.1)) {
      text = dice.pick([`${canary},1970,M\n1,2,3\n`, `[{"${canary}": 1}]`, '{}', 'null', '[1, "a", null]', `[${'['.repeat(5000)}`, '\ufeff', `{"a": "${canary}`]); // prettier-ignore
      what.push('something else');
    }
    const path = join(folder, isCsv ? 'list.csv' : 'list.json');
    writeFileSync(path, text);
    return { what, path };
  };
}
