import { DataSet, textElement } from './data-set.ts';
import { elementStart, serializeDataSet } from './serialize.ts';
import { TAG } from './tags.ts';
import type { TransferSyntax } from './transfer-syntax.ts';

/** Names the writer in every file (PS3.10 section 7.1); a UUID under 2.25, made once. */
const IMPLEMENTATION_CLASS_UID = '2.25.204103586173821450257460387850631128678';
const IMPLEMENTATION_VERSION_NAME = 'EFFACE';

/** Preamble, prefix and group 0002 (PS3.10 section 7.1). */
export function metaInformation(dataSet: DataSet, syntax: TransferSyntax): Buffer {
  const meta = new DataSet(dataSet.path);
  meta.set({ tag: 0x00020001, vr: 'OB', bytes: Uint8Array.of(0, 1) });
  meta.set(textElement(TAG.mediaStorageSopClassUid, 'UI', dataSet.text(TAG.sopClassUid) ?? ''));
  meta.set(textElement(TAG.mediaStorageSopInstanceUid, 'UI', dataSet.text(TAG.sopInstanceUid) ?? ''));
  meta.set(textElement(TAG.transferSyntaxUid, 'UI', syntax.uid));
  meta.set(textElement(TAG.implementationClassUid, 'UI', IMPLEMENTATION_CLASS_UID));
  meta.set(textElement(TAG.implementationVersionName, 'SH', IMPLEMENTATION_VERSION_NAME));
  const group = serializeDataSet(meta, true);
  const prefix = Buffer.alloc(132);
  prefix.write('DICM', 128, 'latin1');
  const lengthValue = Buffer.alloc(4);
  lengthValue.writeUInt32LE(group.length);
  return Buffer.concat([prefix, elementStart(0x00020000, 'UL', 4, true), lengthValue, group]);
}
