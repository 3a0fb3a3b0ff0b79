import { wireCase } from './case.ts';
import { startKeys } from './keys.ts';
import { wireReview } from './review.ts';
import { wireTable } from './table.ts';
import { startTheme, wireTheme } from './theme.ts';

startTheme();
document.addEventListener('DOMContentLoaded', () => {
  wireTheme();
  const article = document.getElementById('case');
  if (article) {
    wireReview(article);
    wireCase(article);
  }
  if (document.getElementById('table')) wireTable();
  startKeys();
});
