import { benchFamilies } from '../bench.ts';
import { cases } from './mask-logic.cases.ts';

await benchFamilies(cases, console.log);
