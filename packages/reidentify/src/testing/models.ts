import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FACE_MODELS } from '../networks/face-models.ts';

const FOLDER = join(import.meta.dirname, '../../../../node_modules/.cache/efface/models');

/** Folder of the face networks in a checkout, or undefined until `npm run models` (which `npm test` runs) has made it. */
export function checkoutModels(): string | undefined {
  return Object.values(FACE_MODELS).every(({ file }) => existsSync(join(FOLDER, file))) ? FOLDER : undefined;
}
