import { benchFamilies } from '../bench.ts';
import { cases } from './depth-interp.cases.ts';

await benchFamilies(cases, console.log);
