export { analyseHead, type AnalyseHeadOptions, type HeadAnatomy } from './analyse-head.ts';
export { type Background, backgroundModeAround } from './background.ts';
export { type Ear, findEars } from './ears.ts';
export { type Face } from './face.ts';
export { ANATOMY_FINDINGS, type AnatomyCode, type AnatomyFinding } from './findings.ts';
export { type HeadFrame } from './frame.ts';
export * from './template/head-template.ts';
export { lpsOfTemplateByFrame, templateOfAverage } from './template/template-space.ts';
export { labelTemplate } from './template/label-template.ts';
export { templateGrid } from './template/template-grid.ts';
export { locateTemplate, type TemplateLocation } from './template/locate-template.ts';
export { registerAffine } from './registration/affine.ts';
export { frameStart } from './registration/starts.ts';
export {
  type AffineOptions, type AffineRegistration, type RegistrationImage, type RegistrationMetric, type RegistrationQuality,
} from './registration/types.ts'; // prettier-ignore
export { type DeformableOptions, type DeformableRegistration, registerDeformable } from './registration/deformable.ts';
export { type DisplacementField, type Warp, warpLabels, warpMask, warpSlabs, warpVolume, type WarpVolumeOptions } from './registration/warp.ts'; // prettier-ignore
export { jacobianRange } from './registration/jacobian.ts';
export { fixedPoint, movingPoint } from './registration/points.ts';
