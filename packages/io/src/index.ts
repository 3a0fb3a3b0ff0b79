export * from './alter.ts';
export * from './companion.ts';
export {
  type BeamToWrite,
  type CodeToWrite,
  type DvhToWrite,
  type PlanToWrite,
  type RegionToWrite,
  type SegmentToWrite,
  type StudyIdentity,
  type StudyToWrite,
} from './dicom/create/study-to-write.ts';
export { writeStudy } from './dicom/create/write-study.ts';
export * from './dicom/dicom-format.ts';
export * from './dicom/dicom-scan.ts';
export * from './dicom/errors.ts';
export { type SuvMeasure } from './dicom/pet/body-size.ts';
export { suvVolume } from './dicom/pet/suv.ts';
export * from './dicom/rt/dose.ts';
export * from './dicom/rt/find-rt-objects.ts';
export * from './dicom/rt/structure-set.ts';
export * from './dicom/seg/read-segmentation.ts';
export {
  type ClearedSegmentation,
  Segmentation,
  type Segment,
  type SegmentationKind,
} from './dicom/seg/segmentation.ts';
export * from './dicom/uid-map.ts';
export * from './facts.ts';
export * from './format.ts';
export * from './input-errors.ts';
export * from './input-files.ts';
export * from './nifti/create.ts';
export * from './nifti/errors.ts';
export * from './nifti/header.ts';
export * from './nifti/mask-file.ts';
export * from './nifti/nifti-format.ts';
export * from './nifti/nifti-scan.ts';
export * from './nifti/orientation.ts';
export * from './nrrd/read-nrrd.ts';
export * from './open.ts';
export { type OutputOptions, safeParts } from './output/destination.ts';
export * from './output/errors.ts';
export * from './output/hash-file.ts';
export * from './output/output.ts';
export { abortAll, clearStaged } from './output/staging.ts';
export * from './picture/encode-png.ts';
export * from './picture/read-picture.ts';
export * from './scan.ts';
export * from './scan-warning.ts';
export { itkAffineText } from './transform/itk-transform.ts';
