import { benchFamilies } from '../bench.ts';
import { cases } from './smooth.cases.ts';

await benchFamilies(cases, console.log);
