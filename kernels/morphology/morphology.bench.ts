import { benchFamilies } from '../bench.ts';
import { cases } from './morphology.cases.ts';

await benchFamilies(cases, console.log);
