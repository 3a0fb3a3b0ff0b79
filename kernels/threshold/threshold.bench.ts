import { benchFamilies } from '../bench.ts';
import { cases } from './threshold.cases.ts';

await benchFamilies(cases, console.log);
