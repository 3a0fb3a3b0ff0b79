import { generateHead, type GeneratedHead, type HeadOptions } from '@efface/test-data';
import { type AnatomyCode, type HeadAnatomy } from '../index.ts';

const made = new Map<string, GeneratedHead>();

/** A generated head; made once per set of options. */
export function head(options: HeadOptions): GeneratedHead {
  const key = JSON.stringify(options);
  let known = made.get(key);
  if (!known) {
    known = generateHead(options);
    made.set(key, known);
  }
  return known;
}

/** What the analysis objects to. */
export function codesOf(anatomy: HeadAnatomy): AnatomyCode[] {
  return anatomy.findings.map((finding) => finding.code);
}
