import { benchFamilies } from '../bench.ts';
import { cases } from './peak-fma.cases.ts';

await benchFamilies(cases, console.log);
