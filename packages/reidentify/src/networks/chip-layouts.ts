/** Where a landmark, or the mean of several, shall lie in a chip. */
export interface ChipTarget {
  /** Numbers of the landmarks, 0…67. */
  readonly landmarks: readonly number[];
  readonly xPx: number;
  readonly yPx: number;
}

/** The picture a recogniser wants: a square in which the landmarks of every face lie at the same places. */
export interface ChipLayout {
  readonly sizePx: number;
  readonly targets: readonly ChipTarget[];
}

/**
 * dlib's canonical places for its five-point predictor, in units of the face, by landmark: outer and inner corner of
 * the subject's left eye, of the right eye, base of the nose (`get_face_chip_details`, interpolation.h).
 */
const FIVE_POINTS = [
  [45, 0.8595674595992, 0.2134981538014],
  [42, 0.6460604764104, 0.2289674387677],
  [36, 0.1205750620789, 0.2137274526848],
  [39, 0.3340850613712, 0.2290642403242],
  [33, 0.4901123135679, 0.6277975316475],
] as const;

/** dlib's mean face, landmarks 17…67, in units of the face (`get_face_chip_details`, interpolation.h). */
// prettier-ignore
const MEAN_FACE_X = [
  0.000213256, 0.0752622, 0.18113, 0.29077, 0.393397, 0.586856, 0.689483, 0.799124, 0.904991, 0.98004,
  0.490127, 0.490127, 0.490127, 0.490127, 0.36688, 0.426036, 0.490127, 0.554217, 0.613373,
  0.121737, 0.187122, 0.265825, 0.334606, 0.260918, 0.182743, 0.645647, 0.714428, 0.793132, 0.858516, 0.79751, 0.719335,
  0.254149, 0.340985, 0.428858, 0.490127, 0.551395, 0.639268, 0.726104, 0.642159, 0.556721, 0.490127, 0.423532,
  0.338094, 0.290379, 0.428096, 0.490127, 0.552157, 0.689874, 0.553364, 0.490127, 0.42689,
];
// prettier-ignore
const MEAN_FACE_Y = [
  0.106454, 0.038915, 0.0187482, 0.0344891, 0.0773906, 0.0773906, 0.0344891, 0.0187482, 0.038915, 0.106454,
  0.203352, 0.307009, 0.409805, 0.515625, 0.587326, 0.609345, 0.628106, 0.609345, 0.587326,
  0.216423, 0.178758, 0.179852, 0.231733, 0.245099, 0.244077, 0.231733, 0.179852, 0.178758, 0.216423, 0.244077, 0.245099,
  0.780233, 0.745405, 0.727388, 0.742578, 0.727388, 0.745405, 0.780233, 0.864805, 0.902192, 0.909281, 0.902192,
  0.864805, 0.784792, 0.778746, 0.785343, 0.778746, 0.784792, 0.824182, 0.831803, 0.824182,
];
const FIRST_LANDMARK = 17;

/** Of the mean face dlib leaves out what moves with the expression: eyebrows and lower lip. */
function isSteady(landmark: number): boolean {
  return landmark >= 27 && !(landmark >= 55 && landmark <= 59) && landmark < 65;
}

const DLIB_SIZE_PX = 150;
/** Border around the face's unit square, in units of it. */
const DLIB_PADDING = 0.25;

function dlibLayout(points: readonly (readonly [number, number, number])[]): ChipLayout {
  const inChip = (place: number): number => ((DLIB_PADDING + place) / (2 * DLIB_PADDING + 1)) * DLIB_SIZE_PX;
  const targets = points.map(([landmark, x, y]) => ({ landmarks: [landmark], xPx: inChip(x), yPx: inChip(y) }));
  return { sizePx: DLIB_SIZE_PX, targets };
}

/** dlib's chip from eye corners and nose: what `face_recognition` and dlib's own example make. */
export const DLIB_CHIP_5: ChipLayout = dlibLayout(FIVE_POINTS);

/** dlib's chip from the steady ones of 68 landmarks: the same face, less noise of single points. */
export const DLIB_CHIP_68: ChipLayout = dlibLayout(
  MEAN_FACE_X.map((x, n) => [n + FIRST_LANDMARK, x, MEAN_FACE_Y[n]] as const).filter(([landmark]) =>
    isSteady(landmark),
  ),
);

/** Middle of an eye of the 68 landmarks: the mean of its six. */
const eye = (first: number): number[] => Array.from({ length: 6 }, (_, n) => first + n);

/**
 * What networks of the ArcFace family want: both eyes, tip of the nose and corners of the mouth in 112 × 112 pixels
 * (insightface, `arcface_dst`; the subject's right eye is on the picture's left).
 */
export const ARCFACE_CHIP: ChipLayout = {
  sizePx: 112,
  targets: [
    { landmarks: eye(36), xPx: 38.2946, yPx: 51.6963 },
    { landmarks: eye(42), xPx: 73.5318, yPx: 51.5014 },
    { landmarks: [30], xPx: 56.0252, yPx: 71.7366 },
    { landmarks: [48], xPx: 41.5493, yPx: 92.3655 },
    { landmarks: [54], xPx: 70.7299, yPx: 92.2041 },
  ],
};
