import { UidMap } from '../uid-map.ts';
import type { Fields } from './fields.ts';
import type { StudyToWrite } from './study-to-write.ts';

/** SOP classes that are written. */
export const SOP_CLASS = {
  ct: '1.2.840.10008.5.1.4.1.1.2',
  mr: '1.2.840.10008.5.1.4.1.1.4',
  pet: '1.2.840.10008.5.1.4.1.1.128',
  structureSet: '1.2.840.10008.5.1.4.1.1.481.3',
  plan: '1.2.840.10008.5.1.4.1.1.481.5',
  dose: '1.2.840.10008.5.1.4.1.1.481.2',
  segmentation: '1.2.840.10008.5.1.4.1.1.66.4',
  registration: '1.2.840.10008.5.1.4.1.1.66.1',
  /** Detached Study Management, retired: what structure sets refer to studies by (PS3.3 table C.8-41). */
  study: '1.2.840.10008.3.1.2.3.1',
} as const;

/** An object of the study. */
export type ObjectKind = Exclude<keyof typeof SOP_CLASS, 'study'>;

/** The UIDs of a study: the same key gives the same ones. */
export class StudyUids {
  readonly #map: UidMap;

  constructor(key: string) {
    this.#map = new UidMap(key);
  }

  get study(): string {
    return this.#map.map('study');
  }

  get frameOfReference(): string {
    return this.#map.map('frame of reference');
  }

  get dimensionOrganization(): string {
    return this.#map.map('dimension organization');
  }

  series(kind: ObjectKind): string {
    return this.#map.map(`series ${kind}`);
  }

  /** `n` counts the instances of the series from 0. */
  instance(kind: ObjectKind, n = 0): string {
    return this.#map.map(`instance ${kind} ${n}`);
  }
}

const MODALITY = {
  ct: 'CT', mr: 'MR', pet: 'PT', structureSet: 'RTSTRUCT', plan: 'RTPLAN', dose: 'RTDOSE', segmentation: 'SEG', registration: 'REG',
} as const; // prettier-ignore
const SERIES_NUMBER = {
  ct: 1, mr: 2, pet: 3, structureSet: 4, plan: 5, dose: 6, segmentation: 7, registration: 8,
} as const; // prettier-ignore

/** Fields of all objects: patient, study, series, frame of reference, equipment, SOP common (PS3.3 section C.7). */
export function commonFields(study: StudyToWrite, uids: StudyUids, kind: ObjectKind, n = 0): Fields {
  const { identity } = study;
  return {
    SpecificCharacterSet: 'ISO_IR 100',
    InstanceCreationDate: identity.date,
    InstanceCreationTime: identity.time,
    SOPClassUID: SOP_CLASS[kind],
    SOPInstanceUID: uids.instance(kind, n),
    StudyDate: identity.date,
    SeriesDate: identity.date,
    StudyTime: identity.time,
    SeriesTime: identity.time,
    AccessionNumber: '',
    Modality: MODALITY[kind],
    Manufacturer: 'efface',
    ReferringPhysicianName: '',
    StudyDescription: identity.description,
    SeriesDescription: `${identity.description} ${MODALITY[kind]}`,
    ManufacturerModelName: 'generated head',
    DeviceSerialNumber: '1',
    SoftwareVersions: '1',
    OperatorsName: '',
    PatientName: identity.patientName,
    PatientID: identity.patientId,
    PatientBirthDate: identity.birthDate,
    PatientSex: identity.sex,
    PatientSize: identity.heightM,
    PatientWeight: identity.weightKg,
    StudyInstanceUID: uids.study,
    SeriesInstanceUID: uids.series(kind),
    StudyID: '1',
    SeriesNumber: SERIES_NUMBER[kind],
    FrameOfReferenceUID: uids.frameOfReference,
    PositionReferenceIndicator: '',
  };
}

/** An item of a code sequence (PS3.3 section 8.8). */
export function code(value: string, scheme: string, meaning: string): Fields {
  return { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning };
}
