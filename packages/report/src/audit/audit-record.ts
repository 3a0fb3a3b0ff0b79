/** Version of the layout below. */
export const AUDIT_SCHEMA = 'efface-audit/1';

/** k of n with its exact (Clopper–Pearson) 95 % interval. */
export interface RecordProportion {
  readonly count: number;
  readonly of: number;
  readonly interval: { readonly low: number; readonly high: number };
}

/** One scan or photograph, as a set saw it. */
export interface AuditPerson {
  readonly set: string;
  readonly subject: string;
  readonly session: string;
  readonly method: string;
  /** What was imaged (CT, MR, PT, OT), or `photograph`; absent where nothing was acquired. */
  readonly modality?: string;
  /** Why nothing was acquired; such persons stay in every rate. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** Parts of the person's study that attackers could not look at. */
  readonly missed?: readonly { readonly code: string; readonly message: string }[];
  /** No head was found; it was looked at as the person's known scan lies, on whose grid it is. */
  readonly isPosedAsKnown?: true;
  /** Share of the pictures in which a detector saw a face, by detector. */
  readonly detectedShare?: Readonly<Record<string, number>>;
  /** By attacker: the nearest known subject, its distance, and the distance of the person's own; photographs have no shape. */
  readonly nearest?: Readonly<
    Record<
      string,
      {
        readonly subject: string;
        readonly distance: number | null;
        readonly own: number | null;
        readonly rank: number | null;
      }
    >
  >;
}

/** How often a detector sees a face in a set. */
export interface AuditDetection {
  readonly set: string;
  readonly detector: string;
  /** Scores above it count. */
  readonly cut: number;
  readonly pictures: RecordProportion;
  /** Persons in at least half of whose pictures a face was seen, of all persons of the set. */
  readonly persons: RecordProportion;
}

/** How well an attacker does against a set. */
export interface AuditAttack {
  readonly set: string;
  /** Where attackers looked further than at the skin where it usually is; part of the set's name. */
  readonly probe?: string;
  readonly attacker: string;
  readonly verification: {
    readonly nGenuine: number;
    readonly nImpostor: number;
    readonly failuresToAcquire: number;
    readonly areaUnderCurve: number;
    readonly areaInterval: { readonly low: number; readonly high: number };
    readonly equalErrorRate: number;
    readonly dPrime: number | undefined;
    readonly trueAcceptRateAt1In100: number;
    readonly trueAcceptRateAt1In1000: number;
    readonly accepted?: {
      readonly threshold: number;
      readonly genuine: RecordProportion;
      readonly impostor: RecordProportion;
    };
  };
  readonly identification: {
    readonly gallerySize: number;
    readonly rankOne: RecordProportion;
    readonly rankFive: RecordProportion;
    readonly chance: number;
    readonly cumulativeMatch: readonly number[];
    readonly rankOneBySize: readonly { readonly size: number; readonly rate: number }[];
    readonly openSet?: { readonly missed: number; readonly falseAlarms: number };
  };
  /** Operating points for the plot: false match rate, true accept rate. */
  readonly roc: readonly (readonly [number, number])[];
  /** Two-sided exact McNemar probability against the originals, rank-1 of the same subjects. */
  readonly mcNemarAgainstOriginals?: number;
}

/** Two methods on the same subjects, rank-1. */
export interface AuditComparison {
  readonly attacker: string;
  readonly setA: string;
  readonly setB: string;
  /** In both sets; of several scans of one the last counts. */
  readonly subjects: number;
  /** Found in A and not in B, in B and not in A. */
  readonly onlyA: number;
  readonly onlyB: number;
  /** Two-sided exact McNemar probability. */
  readonly mcNemar: number;
}

/** What an audit found. */
export interface AuditRecord {
  readonly schema: typeof AUDIT_SCHEMA;
  readonly software: { readonly efface: string; readonly node: string; readonly platform: string };
  readonly backend: { readonly kind: string; readonly name: string };
  readonly networks: readonly {
    readonly name: string;
    readonly sha256: string;
    readonly licence: string;
    readonly origin: string;
  }[];
  readonly provider: string;
  /** How the pictures were made. */
  readonly protocol: {
    readonly grid: string;
    readonly calibration: string;
    /** Genuine pairs of originals: how many have two scans, how many one scan and its stand-in. */
    readonly genuineFromSessions: number;
    readonly genuineFromOneScan: number;
  };
  readonly persons: readonly AuditPerson[];
  readonly detection: readonly AuditDetection[];
  readonly attacks: readonly AuditAttack[];
  /** Every two methods; none where there is one. */
  readonly comparisons: readonly AuditComparison[];
  readonly timingsMs: Readonly<Record<string, number>>;
  readonly finishedAt: string;
}
