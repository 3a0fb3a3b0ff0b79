import { EffaceError } from '@efface/volume';

/** A method cannot make a plan for this head. No image is written. */
export class DefaceError extends EffaceError {
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(code, 'verificationFailed', message, options);
  }
}
