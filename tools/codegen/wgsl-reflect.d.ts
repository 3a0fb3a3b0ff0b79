// The package's main entry is CommonJS inside an ES module package; its module build has no types of its own.
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export * from 'wgsl_reflect';
}
