import type { SiteRow } from '../site-data.ts';
import type { SortKey } from '../table-model.ts';
import { DECISION_WORDS, numberText, percentText, VERDICT_WORDS } from '../words.ts';

/** A column of the table of cases. */
export interface Column {
  readonly key: SortKey;
  readonly title: string;
  /** What the title does not say. */
  readonly hint?: string;
  readonly isNumber?: boolean;
  readonly isReview?: boolean;
  readonly cell: (row: SiteRow) => string | Node;
}

export const COLUMNS: readonly Column[] = [
  { key: 'input', title: 'Case', cell: caseLink },
  { key: 'way', title: 'Method', cell: ({ way }) => way },
  { key: 'verdict', title: 'Verdict', cell: ({ verdict }) => badge(verdict, `${VERDICT_WORDS[verdict].sign} ${VERDICT_WORDS[verdict].word}`) }, // prettier-ignore
  { key: 'decision', title: 'Decision', isReview: true, cell: decisionCell },
  { key: 'modality', title: 'Image', cell: ({ modality }) => modality },
  { key: 'alteredMl', title: 'Altered, ml', isNumber: true, cell: ({ alteredMl }) => numberText(alteredMl) },
  { key: 'faceAfter', title: 'Face after', hint: 'share of portraits in which a face is seen after', isNumber: true, cell: ({ faceAfter }) => percentText(faceAfter) }, // prettier-ignore
  { key: 'distance', title: 'Distance', hint: 'of the descriptors before and after, in thresholds: below 1 it is the same person', isNumber: true, cell: ({ distance }) => numberText(distance, 2) }, // prettier-ignore
  { key: 'touched', title: 'Structures touched', isNumber: true, cell: ({ touched, structures }) => (touched === null || structures === null ? '–' : `${touched} of ${structures}`) }, // prettier-ignore
  { key: 'seconds', title: 'Time, s', isNumber: true, cell: ({ seconds }) => numberText(seconds) },
  { key: 'reasons', title: 'Reasons', cell: reasonsCell },
];

function caseLink({ id, input }: SiteRow): Node {
  const link = document.createElement('a');
  link.href = `case/${id}.html`;
  link.textContent = input;
  return link;
}

function badge(kind: string, text: string): Node {
  const span = document.createElement('span');
  span.className = `badge ${kind}`;
  span.textContent = text;
  return span;
}

const DECISION_KINDS = { accept: 'pass', reject: 'fail' } as const;

function decisionCell({ decision, comment }: SiteRow): Node {
  const cell = document.createDocumentFragment();
  if (decision !== 'none') cell.append(badge(DECISION_KINDS[decision], DECISION_WORDS[decision]));
  if (comment !== '') cell.append(` ${comment.length > 60 ? `${comment.slice(0, 60)}…` : comment}`);
  return cell;
}

function reasonsCell({ reasons }: SiteRow): Node {
  const cell = document.createDocumentFragment();
  reasons.forEach((reason, n) => {
    const code = document.createElement('code');
    code.textContent = reason;
    cell.append(...(n > 0 ? [' '] : []), code);
  });
  return cell;
}
