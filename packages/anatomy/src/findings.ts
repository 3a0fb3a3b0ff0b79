/** Everything the analysis of a head can object to. */
export const ANATOMY_FINDINGS = {
  NOT_A_HEAD: 'nothing in the image has the outline of a head',
  BRAIN_NOT_FOUND: 'no brain was found where the head should have one',
  BRAIN_IMPLAUSIBLE_VOLUME: 'the brain that was found is too small or too large to be one',
  BRAIN_UNCLEAR: 'the surface of the brain does not show clearly, its mask may be wrong',
  BRAIN_MOSTLY_OUTSIDE: 'most of the brain lies outside the image, its mask rests on the average head',
  FACE_OUTSIDE_FIELD_OF_VIEW: 'the image does not reach to the face',
  FACE_PARTLY_OUTSIDE: 'part of the face lies outside the image',
  FACE_ALREADY_REMOVED: 'where the face should be there is nothing: it was removed before',
  FACE_UNUSUAL: 'the face is flatter than faces are: it may have been altered before, or be hurt',
  CT_NOT_IN_HU: 'the values of this CT are not Hounsfield units: air and soft tissue were used to bring them near',
  TEMPLATE_LOST: 'the template of a head does not lie on the head, or its face lies outside the image',
} as const;

/** Stable identifier of a finding. */
export type AnatomyCode = keyof typeof ANATOMY_FINDINGS;

/** Something the analysis objects to. */
export interface AnatomyFinding {
  readonly code: AnatomyCode;
  /** `fail`: the anatomy must not be relied on; `review`: a person should look. */
  readonly severity: 'fail' | 'review';
  /** One sentence with the measured figures. */
  readonly message: string;
}

/** A finding with its standing sentence and the figures it rests on. */
export function anatomyFinding(code: AnatomyCode, severity: 'fail' | 'review', figures: string): AnatomyFinding {
  return { code, severity, message: `${ANATOMY_FINDINGS[code]} (${figures})` };
}
