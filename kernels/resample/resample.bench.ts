import { benchFamilies } from '../bench.ts';
import { cases } from './resample.cases.ts';

await benchFamilies(cases, console.log);
