import { describe, expect, it } from 'vitest';
import { canonicalName, parseStructureAliases, STUDY_STRUCTURES } from './structure-names.ts';

describe('names of structures', () => {
  it.each([
    ['RightParotid', 'Parotid_R'],
    ['parotid l', 'Parotid_L'],
    ['BRAIN_STEM', 'Brainstem'],
    ['Mandible', 'Bone_Mandible'],
    ['Optic-Nerve_L', 'OpticNrv_L'],
    ['SpinalCord', 'SpinalCord'],
  ])('%s is %s', (name, canonical) => expect(canonicalName(name)).toBe(canonical));

  it('of the table stand for one structure each', () => {
    expect(() => parseStructureAliases('{}', 'names.json')).not.toThrow();
    expect(Object.keys(STUDY_STRUCTURES)).toHaveLength(12);
  });

  it('can be added and replaced', () => {
    const aliases = parseStructureAliases('{"Target": ["PTV63"], "Larynx": ["Kehlkopf"]}', 'names.json');
    expect(canonicalName('ptv 63', aliases)).toBe('Target');
    expect(canonicalName('PTV70', aliases)).toBe('PTV70');
    expect(canonicalName('kehlkopf', aliases)).toBe('Larynx');
  });

  it.each([
    ['{"a"', /names\.json: is no JSON/],
    ['{"Brain": "Cerebrum"}', /names\.json: Brain: .* was expected/],
    ['{"Larynx": ["Chiasm"]}', /names\.json: "Chiasm" stands for both OpticChiasm and Larynx/],
  ])('%s is refused', (text, message) => expect(() => parseStructureAliases(text, 'names.json')).toThrow(message));
});
