import { Niivue, SHOW_RENDER, SLICE_TYPE } from '@niivue/niivue';

/** One image of a case, before and after. */
export interface ViewedImage {
  readonly group: string;
  readonly image: number;
  readonly label: string;
  readonly modality: string;
}

/** Share of the colour over the image. */
const MASK_OPACITY = 0.45;

const VIEWS = [SLICE_TYPE.MULTIPLANAR, SLICE_TYPE.RENDER] as const;

/** Two views of one head that move together: before, with what was altered over it, and after. */
export class Viewers {
  readonly #item: string;
  readonly #state = document.getElementById('viewer-state') as HTMLElement;
  readonly #before = makeViewer();
  readonly #after = makeViewer();
  #ready: Promise<void> | undefined;
  #hasMask = false;
  #isMaskShown = true;
  #view = 0;

  constructor(item: string) {
    this.#item = item;
  }

  /** Loads an image in both views; says on the page what it is at. */
  async show({ group, image }: ViewedImage): Promise<void> {
    this.#state.textContent = 'loading …';
    try {
      this.#ready ??= this.#attach();
      await this.#ready;
      const at = (what: string): string => `/image/${this.#item}/${group}/${image}/${what}.nii`;
      await this.#after.loadVolumes([{ url: at('after'), colormap: 'gray' }]);
      await this.#before.loadVolumes([
        { url: at('before'), colormap: 'gray' },
        { url: at('mask'), colormap: 'red', opacity: this.#isMaskShown ? MASK_OPACITY : 0, cal_min: 0, cal_max: 1 },
      ]);
      // Both with the brightness of the image before, else what was removed would change that of all else.
      const [before] = this.#before.volumes;
      const [after] = this.#after.volumes;
      Object.assign(after, { cal_min: before.cal_min, cal_max: before.cal_max });
      this.#after.updateGLVolume();
      this.#hasMask = true;
      this.#state.textContent = '';
      document.getElementById('viewers')?.setAttribute('data-drawn', 'true');
    } catch (error) {
      this.#state.textContent = `The viewer shows nothing: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  showMask(isShown: boolean): void {
    this.#isMaskShown = isShown;
    if (this.#hasMask) this.#before.setOpacity(1, isShown ? MASK_OPACITY : 0);
  }

  nextView(): void {
    this.#view = (this.#view + 1) % VIEWS.length;
    for (const viewer of [this.#before, this.#after]) viewer.setSliceType(VIEWS[this.#view]);
  }

  async #attach(): Promise<void> {
    for (const [viewer, id] of [[this.#before, 'before'], [this.#after, 'after']] as const) {
      const canvas = document.getElementById(id) as HTMLCanvasElement;
      if (!canvas.getContext('webgl2')) throw new Error('this browser has no WebGL 2');
      await viewer.attachToCanvas(canvas);
      viewer.setSliceType(VIEWS[this.#view]);
    } // prettier-ignore
    const together = { '2d': true, '3d': true };
    this.#before.broadcastTo([this.#after], together);
    this.#after.broadcastTo([this.#before], together);
  }
}

function makeViewer(): Niivue {
  return new Niivue({
    // Keys are the page's; files are not dropped on it.
    dragAndDropEnabled: false,
    viewModeHotKey: '',
    clipPlaneHotKey: '',
    logLevel: 'warn',
    multiplanarShowRender: SHOW_RENDER.ALWAYS,
    show3Dcrosshair: false,
    backColor: [0, 0, 0, 1],
    crosshairColor: [0.42, 0.77, 0.85, 0.7],
    loadingText: '',
  });
}
