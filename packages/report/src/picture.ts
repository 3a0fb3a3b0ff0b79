/** Red, green, blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** An RGB picture, row by row from the top left, three bytes a pixel. */
export interface Picture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgb: Uint8Array;
}

/** A picture of one colour. */
export function blankPicture(widthPx: number, heightPx: number, grey = 0): Picture {
  return { widthPx, heightPx, rgb: new Uint8Array(3 * widthPx * heightPx).fill(grey) };
}

/** An RGB picture of `widthPx`·`heightPx` grey bytes. Throws RangeError when the count is another. */
export function pictureFromGrey(widthPx: number, heightPx: number, grey: Uint8Array): Picture {
  if (grey.length !== widthPx * heightPx)
    throw new RangeError(`${grey.length} grey values do not fill ${widthPx}×${heightPx} pixels`);
  const picture = blankPicture(widthPx, heightPx);
  for (let p = 0; p < grey.length; p++) picture.rgb.fill(grey[p], 3 * p, 3 * p + 3);
  return picture;
}

/** Copies `source` into `target` with its top left corner at (x, y); what lies outside is cut off. */
export function paste(target: Picture, source: Picture, x: number, y: number): void {
  const width = Math.min(source.widthPx, target.widthPx - x);
  const height = Math.min(source.heightPx, target.heightPx - y);
  for (let row = 0; row < height; row++) {
    const from = 3 * row * source.widthPx;
    target.rgb.set(source.rgb.subarray(from, from + 3 * width), 3 * ((y + row) * target.widthPx + x));
  }
}

/** Pictures on a grid of `columns`, each in a cell of the largest size, `gapPx` apart, on dark grey. */
export function contactSheet(pictures: readonly Picture[], columns: number, gapPx = 4): Picture {
  const cellWidth = Math.max(...pictures.map((p) => p.widthPx));
  const cellHeight = Math.max(...pictures.map((p) => p.heightPx));
  const rows = Math.ceil(pictures.length / columns);
  const sheet = blankPicture(columns * (cellWidth + gapPx) - gapPx, rows * (cellHeight + gapPx) - gapPx, 40);
  pictures.forEach((picture, n) => {
    const x = (n % columns) * (cellWidth + gapPx) + Math.floor((cellWidth - picture.widthPx) / 2);
    const y = Math.floor(n / columns) * (cellHeight + gapPx) + Math.floor((cellHeight - picture.heightPx) / 2);
    paste(sheet, picture, x, y);
  });
  return sheet;
}
