/** The part of dcmjs that is used, which comes without types: the data dictionary of PS3.6, keyed by '(GGGG,EEEE)'. */
declare module 'dcmjs/dictionary' {
  export const dictionary: Readonly<Record<string, { readonly vr: string } | undefined>>;
}
