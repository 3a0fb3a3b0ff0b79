import { benchFamilies } from '../bench.ts';
import { cases } from './peak-copy.cases.ts';

await benchFamilies(cases, console.log);
