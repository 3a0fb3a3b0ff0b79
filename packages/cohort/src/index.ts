export * from './case/case.ts';
export * from './case/case-options.ts';
export { planCase, type PlannedCase } from './case/plan-case.ts';
export { type Protection, ProtectionError } from './case/protect.ts';
export * from './groups.ts';
export * from './open-groups.ts';
export { pngOf, renderHead, renderSmoothingMm } from './pictures.ts';
export * from './recognition.ts';
export * from './audit/acquire-person.ts';
export * from './audit/audit.ts';
export * from './audit/audit-sets.ts';
export * from './audit/calibration.ts';
export { PROBES, type Probe } from './audit/probes.ts';
export * from './audit/subjects.ts';
export * from './audit/write-audit.ts';
export * from './radiomics/extract-radiomics.ts';
export * from './structures/rasterize.ts';
export * from './structures/structure-groups.ts';
export { csvLines, csvOf, type Table, writeParquet } from './tables.ts';
export * from './radiomics/drift-cases.ts';
export * from './radiomics/drift-tables.ts';
export * from './radiomics/measure-drift.ts';
export * from './dose/compare-doses.ts';
export * from './dose/dose-tables.ts';
export * from './dose/open-dose.ts';
export * from './dose/write-dose-comparison.ts';
export * from './study/clip-contours.ts';
export * from './template/read-template.ts';
export * from './template/write-template.ts';
export * from './plan/cohort-plan.ts';
export * from './plan/discover-inputs.ts';
export * from './plan/make-plan.ts';
export * from './plan/write-plan.ts';
export * from './slurm/job-list.ts';
export * from './slurm/job-states.ts';
export * from './slurm/settings.ts';
export * from './slurm/submit.ts';
export * from './run/cohort-status.ts';
export * from './run/journal.ts';
export * from './run/run-item.ts';
export * from './run/run-shards.ts';
export * from './run/serve-items.ts';
export * from './run/worker-messages.ts';
export * from './comparison/compare-methods.ts';
export * from './store/merge-results.ts';
export * from './store/query-results.ts';
export {
  RESULT_TABLE_NAMES,
  RESULT_TABLES,
  RESULTS_SCHEMA,
  columnsOf as resultColumnsOf,
} from './store/results-schema.ts';
export { type ResultsSummary, type WaySummary } from './store/summarise-results.ts';
export * from './store/summary-markdown.ts';
export { CohortView } from './report/collect-cohort.ts';
export { REPORT_FOLDER, writeReport, type WriteReportOptions } from './report/write-report.ts';
export * from './release/release-cohort.ts';
export { isLoopback } from './review/guard.ts';
export { type ReviewOptions, ReviewServer } from './review/review-server.ts';
