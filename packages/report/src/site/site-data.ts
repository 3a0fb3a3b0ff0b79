import type { RecordProportion } from '../audit/audit-record.ts';
import type { TextTable } from '../audit/audit-tables.ts';
import type { CaseRecord } from '../record.ts';

/** How a case ended; `open` while it has not. */
export type SiteVerdict = CaseRecord['verdict'] | 'open';

/** What a person decided after looking. */
export interface SiteReview {
  readonly decision: 'accept' | 'reject' | 'none';
  readonly comment: string;
  readonly at: string;
}

/** Drift of one structure of one image. */
export interface SiteDrift {
  readonly structure: string;
  readonly voxelCount: number;
  readonly changedVoxelCount: number;
  /** Largest change of a voxel, real units. */
  readonly maxChange: number;
  /** Features before and after, by the names people know. */
  readonly features: readonly { readonly name: string; readonly before: number; readonly after: number }[];
}

/** One number of the dose in one structure. */
export interface SiteDose {
  readonly structure: string;
  readonly metric: string;
  readonly unit: string;
  readonly before: number | null;
  readonly after: number | null;
}

/** Images of one frame of reference as they ended. */
export interface SiteGroup {
  readonly name: string;
  readonly record: CaseRecord;
  /** Pictures of the case, relative to the site, by their names in `qc/`. */
  readonly pictures: ReadonlyMap<string, string>;
  readonly drift: readonly SiteDrift[];
  /** Structures without a voxel on the image. */
  readonly emptyStructures: readonly string[];
  readonly dose: readonly SiteDose[];
}

/** A reason with its sentence, where there is no record. */
export interface SiteReason {
  readonly group?: string;
  readonly code: string;
  readonly message: string;
}

/** One input by one way. */
export interface SiteCase {
  /** `<input>/<way>`: safe as a path. */
  readonly id: string;
  readonly input: string;
  readonly way: string;
  /** Changes with the input, the settings and the software. */
  readonly key: string;
  readonly shard: number;
  readonly verdict: SiteVerdict;
  readonly attempt: number;
  readonly durationMs: number | undefined;
  readonly groups: readonly SiteGroup[];
  readonly failures: readonly SiteReason[];
  readonly leftOut: readonly SiteReason[];
  readonly review: SiteReview | undefined;
}

/** Of numbers: least, quartiles, largest. */
export type FiveNumbers = readonly [number, number, number, number, number];

/** What one way came to: verdicts of the cases that are done, and what is known of those that left an image. */
export interface SiteWay {
  readonly name: string;
  readonly counts: Readonly<Record<SiteVerdict, number>>;
  readonly pass: RecordProportion;
  readonly review: RecordProportion;
  readonly fail: RecordProportion;
  /** A face is seen in some image (`FACE_SHARE`). Of cases that left an image in which somebody tried; so are the next two. */
  readonly faceSeenBefore: RecordProportion;
  readonly faceSeenAfter: RecordProportion;
  /** The descriptors of some image before and after are one person's, whether a face is seen in it or not. */
  readonly recognised: RecordProportion;
  /** The largest of a case's images. */
  readonly alteredMl: FiveNumbers | undefined;
  /** Of this, inside the body. */
  readonly alteredBodyMl: FiveNumbers | undefined;
  /** Of every case that is done. */
  readonly seconds: FiveNumbers | undefined;
}

/** A reason and how many cases have it. */
export interface SiteReasonCount {
  readonly code: string;
  readonly severity: 'review' | 'fail';
  readonly nCases: number;
  /** What it says of one of them. */
  readonly example: string;
}

/** Everything a site shows. */
export interface SiteCohort {
  /** Name of the cohort's folder. */
  readonly name: string;
  readonly software: string;
  readonly fingerprint: string;
  readonly nInputs: number;
  readonly cases: readonly SiteCase[];
  readonly ways: readonly SiteWay[];
  readonly reasons: readonly SiteReasonCount[];
  /** What lies in the input and is no case. */
  readonly leftOut: readonly SiteReason[];
  /** Pages of audits, relative to the site. */
  readonly audits: readonly { readonly modality: string; readonly href: string }[];
  /** Tables of the study of this plan; empty where there was none. */
  readonly study: readonly TextTable[];
}

/** One case as a row of the table. */
export interface SiteRow {
  readonly id: string;
  readonly input: string;
  readonly way: string;
  readonly verdict: SiteVerdict;
  readonly modality: string;
  readonly alteredMl: number | null;
  readonly alteredBodyMl: number | null;
  /** Largest share of portraits of an image in which a face is seen. */
  readonly faceBefore: number | null;
  readonly faceAfter: number | null;
  /** Smallest distance of descriptors before and after, in thresholds: up to 1 it is still the same person's. */
  readonly distance: number | null;
  /** Structures with a changed voxel, and how many there are. */
  readonly touched: number | null;
  readonly structures: number | null;
  readonly seconds: number | null;
  /** Codes of what is for review or failed. */
  readonly reasons: readonly string[];
  readonly decision: SiteReview['decision'];
  readonly comment: string;
}

/** What `data.js` tells the table. */
export interface SiteTable {
  readonly isReview: boolean;
  readonly rows: readonly SiteRow[];
}
