import { checkKernels } from '@efface/compute/testing';
import { cases } from './depth-interp.cases.ts';

checkKernels(cases);
