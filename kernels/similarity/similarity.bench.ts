import { benchFamilies } from '../bench.ts';
import { cases } from './similarity.cases.ts';

await benchFamilies(cases, console.log);
