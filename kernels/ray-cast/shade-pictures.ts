import { defineKernel, exact, workgroupsFor } from '@efface/compute';
import { shadePicturesCpu } from './shade-pictures.cpu.ts';
import { shadePicturesSource } from './shade-pictures.gen.ts';
import { shadePicturesGpuJs } from './shade-pictures.gpujs.ts';

/** Per pixel and light: three products, two sums, the model, the mix. */
const FLOPS_PER_GREY = 12;

/** Grey pictures of a G-buffer, each camera under each light. Exact: integers once normals and lights are rounded. */
export const shadePictures = defineKernel({
  source: shadePicturesSource,
  tuning: { WG_X: { values: [64, 128, 256], base: 64 } },
  workgroups: ({ wordCount }, constants) => workgroupsFor(wordCount, constants),
  cost: ({ wordCount, lightCount }) => ({
    readBytes: 64 * wordCount,
    writeBytes: 4 * wordCount * lightCount,
    flops: 4 * wordCount * lightCount * FLOPS_PER_GREY,
  }),
  accuracy: exact(),
  cpu: shadePicturesCpu,
  gpujs: shadePicturesGpuJs,
});
