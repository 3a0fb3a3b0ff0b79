// Turns the networks inside the installed npm package @vladmandic/face-api into ONNX files in the checkout's cache.
import { relative } from 'node:path';
import { convertModels, MODELS_FOLDER } from './convert.ts';

for (const { model, path, nBytes, isNew } of convertModels(process.argv[2] ?? MODELS_FOLDER)) {
  const verb = isNew ? 'written' : 'there';
  console.log(`${relative('.', path)}  ${(nBytes / 1e6).toFixed(1)} MB  ${model.sha256.slice(0, 12)}  ${verb}`);
}
