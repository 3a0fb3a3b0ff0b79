export { analyseHead, type AnalyseHeadOptions, type HeadAnatomy } from './analyse-head.ts';
export { type Background, backgroundModeAround } from './background.ts';
export { type Face } from './face.ts';
export { ANATOMY_FINDINGS, type AnatomyCode, type AnatomyFinding } from './findings.ts';
export { type HeadFrame } from './frame.ts';
export * from './template/head-template.ts';
export { lpsOfTemplateByFrame, templateOfAverage } from './template/template-space.ts';
export { labelTemplate } from './template/label-template.ts';
export { templateGrid } from './template/template-grid.ts';
