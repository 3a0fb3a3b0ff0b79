import { benchFamilies } from '../bench.ts';
import { cases } from './mask-raster.cases.ts';

await benchFamilies(cases, console.log);
