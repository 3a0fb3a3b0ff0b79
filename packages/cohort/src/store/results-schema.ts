import { type TableColumn } from '../tables.ts';

/** Version of the tables; it changes when a column changes its meaning or goes. New tables and columns do not change it. */
export const RESULTS_SCHEMA = 'efface-results/1';

interface Column<T extends TableColumn['type'] = TableColumn['type']> {
  readonly type: T;
  /** '' where a value has none. */
  readonly unit: string;
  readonly meaning: string;
}

interface TableDefinition {
  readonly meaning: string;
  readonly columns: Readonly<Record<string, Column>>;
}

const text = (meaning: string): Column<'text'> => ({ type: 'text', unit: '', meaning });
const time = (meaning: string): Column<'time'> => ({ type: 'time', unit: 'UTC', meaning });
const integer = (unit: string, meaning: string): Column<'integer'> => ({ type: 'integer', unit, meaning });
const number = (unit: string, meaning: string): Column<'number'> => ({ type: 'number', unit, meaning });

const item = text('input and way, `<input>/<way>`: the key of all tables');
const imageGroup = text('the images of one frame of reference, which share a plan; with `item` it names a case');
const image = integer('', 'number of the image in its case, from 0; the plan was made on 0');
const way = text('what was asked for: a method, or `auto`');
const drawing = integer(
  '',
  'number of the drawing of the structure, from 0, where a structure set and a segmentation, say, both have it',
);
const auditModality = text('what was audited: CT, MR, PT, OT');
const auditSet = text(
  'known (in rates: originals), or the way and what was looked at further than the skin; rates have `no face`, which are controls',
);
const auditSubject = text('name of the input; of several heads or images of one input the group and number follow');
const auditMethod = text('the way; NULL of an original');
const attacker = text(
  'who tries to recognise: a network and how it pools portraits, or geometry (shapes laid on each other)',
);
const count = (meaning: string): Column<'integer'> => integer('', meaning);
const low = number('1', 'lower end of its exact (Clopper–Pearson) 95 % interval');
const high = number('1', 'upper end');
const structure = text('name of the 2023 study (AAPM TG-263) where there is one, else its own');

/**
 * The tables of a merged cohort: the one definition from which they are made, described in `schema.json` and documented. A value that
 * is not known is NULL. What differs between two runs of one plan is in `timings` and in columns that end in `_at`.
 */
export const RESULT_TABLES = {
  items: {
    meaning: 'One row for every input by every way, done or not: what the plan asks for',
    columns: {
      item,
      input: text('name of the input, that of its folder in `cases/`'),
      subject: text('of the manifest or dataset; else the name of the input'),
      session: text('of the manifest or dataset; else NULL'),
      way,
      shard: integer('', 'shard of the plan, from 0'),
      files: integer('', 'files of the input'),
      input_bytes: integer('bytes', 'their size'),
      verdict: text('pass, review or fail, the worst of its cases; NULL while there is no outcome'),
      failure_code: text('first reason of a failure'),
      attempt: integer('', 'which attempt this is the outcome of, from 1'),
      crashes: integer('', 'how often a worker process died over it since that outcome'),
      decision: text('of a person who looked: accept, reject, none; NULL where nobody did'),
      key: text('SHA-256 of input, settings and software'),
    },
  },
  cases: {
    meaning: 'One row for every group of images that was processed: what became of it and how',
    columns: {
      item,
      image_group: imageGroup,
      input: text('name of the input'),
      subject: text('as in `items`'),
      session: text('as in `items`'),
      way,
      method: text('the method that was taken'),
      verdict: text('pass, review or fail'),
      finding_codes: text('reason codes of this verdict, separated by commas'),
      tried: text('methods that were tried, in order, separated by commas, where there was a choice'),
      rule: text('rule of the method'),
      modality: text('of image 0: CT, MR, PT, OT'),
      images: integer('', 'number of images'),
      size_i: integer('voxels', 'size of image 0'),
      size_j: integer('voxels', 'size of image 0'),
      size_k: integer('voxels', 'size of image 0'),
      spacing_i_mm: number('mm', 'voxel size of image 0'),
      spacing_j_mm: number('mm', 'voxel size of image 0'),
      spacing_k_mm: number('mm', 'voxel size of image 0'),
      altered_ml: number('ml', 'volume that was altered in image 0'),
      altered_body_ml: number('ml', 'of this, inside the body'),
      verification: text('how it was tried to recognise the patient: fast, full, off'),
      seed: integer('', 'seed of what is random'),
      attempt: integer('', 'as in `items`'),
      backend: text('webgpu, cpu or gpujs'),
      device: text('name of the adapter or processor'),
      software: text('version of efface'),
      output: text('folder of the outputs in the cohort, with /; a failed case has only its record there'),
      finished_at: time('when it was finished'),
    },
  },
  images: {
    meaning: 'One row for every image of a case',
    columns: {
      item,
      image_group: imageGroup,
      image,
      label: text('file name or description of the series'),
      modality: text('CT, MR, PT, OT'),
      size_i: integer('voxels', 'size'),
      size_j: integer('voxels', 'size'),
      size_k: integer('voxels', 'size'),
      spacing_i_mm: number('mm', 'voxel size'),
      spacing_j_mm: number('mm', 'voxel size'),
      spacing_k_mm: number('mm', 'voxel size'),
      stored_type: text('type of a stored voxel'),
      altered_voxels: integer('voxels', 'voxels whose value is not the original’s any more, in one frame'),
      altered_ml: number('ml', 'their volume'),
      altered_body_ml: number('ml', 'of this, inside the body; the rest was air and stays air'),
      kept_back_voxels: integer('voxels', 'voxels the method wanted and was not allowed to alter: near the brain, protected, padding'),
      fill_value: number('as the image', 'value written into altered voxels; NULL where each got its own'),
      input_files: integer('', 'files read'),
      output_files: integer('', 'files written'),
    },
  },
  findings: {
    meaning: 'One row for everything that was found worth saying of an item, as it was journaled',
    columns: {
      item,
      image_group: text('as in `cases`; NULL where it concerns the whole input'),
      source: text('case (the verdict follows from these), tried (a method that was not taken), image, companion, failure (no record was made), left out (not processed)'),
      method: text('the method tried; NULL where the source is not tried'),
      severity: text('note, review or fail'),
      code: text('stable reason code'),
      message: text('sentence for people; it may name files of the input'),
    },
  },
  detections: {
    meaning: 'One row for every image in whose portraits a face was looked for',
    columns: {
      item,
      image_group: imageGroup,
      image,
      modality: text('CT, MR, PT, OT'),
      face_seen_share_before: number('1', 'share of the portraits in which a face is seen before'),
      face_seen_share_after: number('1', 'and after'),
    },
  },
  scores: {
    meaning: 'One row for every distance between an image before and after',
    columns: {
      item,
      image_group: imageGroup,
      image,
      score: text('descriptor_distance (of the networks) or shape_distance (of the faces laid on each other)'),
      value: number('see unit', 'the distance; larger is less alike'),
      threshold: number('see unit', 'up to this two are taken for one person'),
      unit: text('mm for shapes, 1 for descriptors'),
    },
  },
  features: {
    meaning: 'One row for every first-order feature of every structure, before and after',
    columns: {
      item,
      image_group: imageGroup,
      structure,
      drawing,
      feature: text('name of PyRadiomics'),
      original: number('of the feature', 'before'),
      defaced: number('of the feature', 'after'),
      difference: number('of the feature', 'defaced − original'),
      study_percent: number('%', '100·(original − defaced)/original, as in the 2023 study'),
      log_ratio: number('1', 'ln(defaced/original), where both are positive'),
    },
  },
  drift: {
    meaning: 'One row for every structure: how much of it was altered',
    columns: {
      item,
      image_group: imageGroup,
      structure,
      drawing,
      voxels: integer('voxels', 'voxels of the structure on the image; 0 where it has none'),
      changed_voxels: integer('voxels', 'of these, with another value'),
      changed_share: number('1', 'changed_voxels/voxels'),
      max_change: number('of the image', 'largest change of a voxel'),
      overwritten: text('untouched, partly, fully'),
    },
  },
  dose: {
    meaning: 'One row for every metric of the dose in every structure, before and after',
    columns: {
      item,
      image_group: imageGroup,
      structure: text('name in the structure set'),
      drawing: integer('', 'as in `drift`; it counts on where there are several doses'),
      metric: text('D95%, V20Gy, …; gamma 3%/3mm is the share of the judged that passes, NULL where nothing is judged'),
      unit: text('of before, after and difference'),
      before: number('see unit', 'before'),
      after: number('see unit', 'after'),
      difference: number('see unit', 'after − before'),
    },
  },
  companions: {
    meaning: 'One row for every object beside the images: structure set, dose, plan, segmentation, registration',
    columns: {
      item,
      image_group: imageGroup,
      kind: text('what it is'),
      input_files: integer('', 'files read'),
      output_files: integer('', 'files written; 0 where it was withheld'),
      dangling_references: integer('', 'references to objects that are not in the study'),
      clipped_regions: integer('', 'regions that drew what was removed'),
      zeroed_voxels: integer('voxels', 'voxels of a dose or segment that were set to 0'),
    },
  },
  measures: {
    meaning: 'One row for everything that anatomy, method or checks measured, and for every parameter of the method',
    columns: {
      item,
      image_group: imageGroup,
      kind: text('measured or parameter'),
      name: text('name; it ends in the unit'),
      value: number('see name', 'the number; NULL for a parameter that is none'),
      value_text: text('the parameter that is no number'),
    },
  },
  timings: {
    meaning: 'One row for every stage of a case, and one for the whole item',
    columns: {
      item,
      image_group: text('as in `cases`; NULL for the whole item'),
      stage: text('stage of the case (read and anatomy, of which the first way of an input has to wait, drift and dose among them); total is the method with its checks and files; item is the whole item'),
      ms: number('ms', 'wall time'),
    },
  },
  reviews: {
    meaning: 'One row for every item that a person decided on: the latest decision',
    columns: {
      item,
      decision: text('accept, reject, none (taken back)'),
      comment: text('their words'),
      decided_at: time('when'),
    },
  },
  audit_persons: {
    meaning: 'One row for every image that a study’s audit looked at; the audit tables are empty where there was no study of this plan',
    columns: {
      modality: auditModality,
      set: auditSet,
      subject: auditSubject,
      session: text('of the manifest or dataset; else NULL'),
      method: auditMethod,
      failure_code: text('why nothing was acquired; such persons stay in every rate'),
    },
  },
  audit_detections: {
    meaning: 'One row for every such image by every detector',
    columns: {
      modality: auditModality,
      set: auditSet,
      subject: auditSubject,
      method: auditMethod,
      detector: text('name of the network'),
      face_seen_share: number('1', 'share of its portraits in which the detector sees a face'),
    },
  },
  audit_matches: {
    meaning: 'One row for every such image by every attacker: whom it takes the person for',
    columns: {
      modality: auditModality,
      set: auditSet,
      subject: auditSubject,
      method: auditMethod,
      attacker,
      nearest_subject: text('the known that is least far away'),
      nearest_distance: number('of the attacker', 'how far that is; NULL where there is no number'),
      own_distance: number('of the attacker', 'how far the person’s own original is'),
      own_rank: integer('', 'place of the own original among the knowns, from 1'),
    },
  },
  audit_detection_rates: {
    meaning: 'One row for every set and detector',
    columns: {
      modality: auditModality,
      set: auditSet,
      detector: text('name of the network'),
      cut: number('score', 'scores above it count'),
      persons_seen: count('persons in at least half of whose portraits a face is seen'),
      persons: count('of so many'),
      persons_low: low,
      persons_high: high,
      pictures_seen: count('portraits in which a face is seen'),
      pictures: count('of so many'),
      pictures_low: low,
      pictures_high: high,
    },
  },
  audit_attacks: {
    meaning: 'One row for every set and attacker: verification and identification',
    columns: {
      modality: auditModality,
      set: auditSet,
      probe: text('where it was looked further than at the skin; else NULL'),
      attacker,
      genuine_pairs: count('pairs of one person'),
      impostor_pairs: count('pairs of two'),
      not_acquired: count('persons that could not be looked at: they count as not recognised'),
      auc: number('1', 'area under the curve'),
      auc_low: number('1', 'lower end of its 95 % interval over subjects'),
      auc_high: number('1', 'upper end'),
      equal_error_rate: number('1', 'where false matches are as frequent as false non-matches'),
      tar_at_1e2: number('1', 'genuine pairs accepted where 1 in 100 impostors are'),
      tar_at_1e3: number('1', 'where 1 in 1000 are'),
      threshold: number('score', 'the frozen threshold; NULL where there is none'),
      genuine_accepted: count('genuine pairs accepted at it'),
      impostors_accepted: count('impostor pairs accepted at it'),
      gallery: count('knowns'),
      rank1: count('unknowns whose own original is nearest'),
      rank1_of: count('of so many'),
      rank1_low: low,
      rank1_high: high,
      rank5: count('unknowns whose own original is among the nearest five'),
      chance: number('1', 'rank-1 by guessing'),
      mcnemar_p: number('1', 'two-sided exact McNemar probability against the originals, rank-1; NULL of the originals'),
    },
  },
  audit_comparisons: {
    meaning: 'One row for every two ways and attacker: the same subjects, rank-1',
    columns: {
      modality: auditModality,
      attacker,
      set_a: text('one'),
      set_b: text('the other'),
      subjects: count('in both'),
      only_a: count('found after A and not after B'),
      only_b: count('found after B and not after A'),
      mcnemar_p: number('1', 'two-sided exact McNemar probability'),
    },
  },
} as const satisfies Readonly<Record<string, TableDefinition>>; // prettier-ignore

export type ResultTable = keyof typeof RESULT_TABLES;

type CellOf<C extends Column> = C['type'] extends 'text' | 'time' ? string | undefined : number | undefined;

/** A row of a table by the names of its columns; undefined is NULL. */
export type ResultRow<T extends ResultTable> = {
  readonly [C in keyof (typeof RESULT_TABLES)[T]['columns']]: (typeof RESULT_TABLES)[T]['columns'][C] extends Column
    ? CellOf<(typeof RESULT_TABLES)[T]['columns'][C]>
    : never;
};

/** Takes rows, table by table in any order. */
export type RowSink = <T extends ResultTable>(table: T, row: ResultRow<T>) => void;

export const RESULT_TABLE_NAMES = Object.keys(RESULT_TABLES) as readonly ResultTable[];

/** Columns of a table in their order, with units. */
export function columnsOf(table: ResultTable): readonly (TableColumn & Column)[] {
  const columns: Readonly<Record<string, Column>> = RESULT_TABLES[table].columns;
  return Object.entries(columns).map(([name, column]) => ({ name, ...column }));
}

/** A table as `schema.json` describes it. */
interface DescribedTable {
  readonly name: ResultTable;
  readonly meaning: string;
  readonly columns: readonly (TableColumn & Column)[];
}

/** `schema.json`: what the tables hold, for machines. */
export function resultsSchema(): {
  readonly schema: typeof RESULTS_SCHEMA;
  readonly tables: readonly DescribedTable[];
} {
  const tables = RESULT_TABLE_NAMES.map((name) => ({ name, meaning: RESULT_TABLES[name].meaning, columns: columnsOf(name) })); // prettier-ignore
  return { schema: RESULTS_SCHEMA, tables };
}
