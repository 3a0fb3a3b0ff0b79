import { benchFamilies } from '../bench.ts';
import { cases } from './plane-fit.cases.ts';

await benchFamilies(cases, console.log);
