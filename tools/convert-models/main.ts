// Turns the networks inside the installed npm package @vladmandic/face-api into ONNX files in the checkout's cache.
import { relative } from 'node:path';
import { convertModels, MODELS_FOLDER } from './convert.ts';

const models = convertModels(process.argv[2] ?? MODELS_FOLDER);
for (const { model, path, nBytes, isNew } of models)
  if (isNew) console.log(`${relative('.', path)}  ${(nBytes / 1e6).toFixed(1)} MB  ${model.sha256.slice(0, 12)}`);
if (!models.some(({ isNew }) => isNew)) console.log('the face networks are there');
