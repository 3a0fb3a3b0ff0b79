/** Something odd about an input that does not stop the work. It has a stable code and lands in the case record. */
export interface ScanWarning {
  /** Stable identifier such as 'NIFTI_UNITS_UNKNOWN'. */
  readonly code: string;
  /** One sentence for the user; no patient data. */
  readonly message: string;
}
