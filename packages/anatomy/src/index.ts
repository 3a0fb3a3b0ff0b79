export { analyseHead, type AnalyseHeadOptions, type HeadAnatomy } from './analyse-head.ts';
export { type Background, backgroundModeAround } from './background.ts';
export { type Ear, findEars } from './ears.ts';
export { type Face } from './face.ts';
export { ANATOMY_FINDINGS, type AnatomyCode, type AnatomyFinding } from './findings.ts';
export { type HeadFrame } from './frame.ts';
