import type { Fields } from './fields.ts';
import { commonFields, SOP_CLASS, type StudyUids } from './modules.ts';
import type { BeamToWrite, PlanToWrite, StudyToWrite } from './study-to-write.ts';

/** The plan (PS3.3 section A.20): prescription, fractions, patient setup and static photon beams. */
export function planFields(study: StudyToWrite, uids: StudyUids, plan: PlanToWrite): Fields {
  const { identity } = study;
  return {
    ...commonFields(study, uids, 'plan'),
    InstanceNumber: 1,
    RTPlanLabel: plan.label,
    RTPlanDate: identity.date,
    RTPlanTime: identity.time,
    PlanIntent: 'RESEARCH',
    RTPlanGeometry: 'PATIENT',
    ReferencedStructureSetSequence: [
      {
        ReferencedSOPClassUID: SOP_CLASS.structureSet,
        ReferencedSOPInstanceUID: uids.instance('structureSet'),
      },
    ],
    DoseReferenceSequence: [
      {
        DoseReferenceNumber: 1,
        DoseReferenceStructureType: 'VOLUME',
        ReferencedROINumber: plan.targetNumber,
        DoseReferenceType: 'TARGET',
        TargetPrescriptionDose: plan.prescriptionGy,
      },
    ],
    FractionGroupSequence: [
      {
        FractionGroupNumber: 1,
        NumberOfFractionsPlanned: plan.nFractions,
        NumberOfBeams: plan.beams.length,
        NumberOfBrachyApplicationSetups: 0,
        ReferencedBeamSequence: plan.beams.map(({ doseGy, monitorUnits }, n) => ({
          ReferencedBeamNumber: n + 1,
          BeamDose: doseGy,
          BeamMeterset: monitorUnits,
        })),
      },
    ],
    PatientSetupSequence: [{ PatientSetupNumber: 1, PatientPosition: 'HFS', SetupTechnique: 'ISOCENTRIC' }],
    BeamSequence: plan.beams.map((beam, n) => beamFields(plan, beam, n + 1)),
    ApprovalStatus: 'UNAPPROVED',
  };
}

function beamFields(plan: PlanToWrite, beam: BeamToWrite, number: number): Fields {
  return {
    BeamNumber: number,
    BeamName: beam.name,
    BeamType: 'STATIC',
    RadiationType: 'PHOTON',
    TreatmentDeliveryType: 'TREATMENT',
    TreatmentMachineName: 'generated',
    PrimaryDosimeterUnit: 'MU',
    SourceAxisDistance: plan.sourceAxisMm,
    BeamLimitingDeviceSequence: [
      { RTBeamLimitingDeviceType: 'ASYMX', NumberOfLeafJawPairs: 1 },
      { RTBeamLimitingDeviceType: 'ASYMY', NumberOfLeafJawPairs: 1 },
    ],
    ReferencedPatientSetupNumber: 1,
    NumberOfWedges: 0,
    NumberOfCompensators: 0,
    NumberOfBoli: 0,
    NumberOfBlocks: 0,
    FinalCumulativeMetersetWeight: 1,
    NumberOfControlPoints: 2,
    ControlPointSequence: [
      {
        ControlPointIndex: 0,
        CumulativeMetersetWeight: 0,
        NominalBeamEnergy: beam.energyMv,
        BeamLimitingDevicePositionSequence: [
          { RTBeamLimitingDeviceType: 'ASYMX', LeafJawPositions: beam.jawXMm },
          { RTBeamLimitingDeviceType: 'ASYMY', LeafJawPositions: beam.jawYMm },
        ],
        GantryAngle: beam.gantryDeg,
        GantryRotationDirection: 'NONE',
        BeamLimitingDeviceAngle: beam.collimatorDeg,
        BeamLimitingDeviceRotationDirection: 'NONE',
        PatientSupportAngle: beam.couchDeg,
        PatientSupportRotationDirection: 'NONE',
        TableTopEccentricAngle: 0,
        TableTopEccentricRotationDirection: 'NONE',
        TableTopVerticalPosition: '',
        TableTopLongitudinalPosition: '',
        TableTopLateralPosition: '',
        IsocenterPosition: plan.isocentreLps,
      },
      { ControlPointIndex: 1, CumulativeMetersetWeight: 1 },
    ],
  };
}
