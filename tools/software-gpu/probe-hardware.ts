// Exit code 0 when Dawn finds an adapter that is a real device, 1 otherwise.
try {
  const { create } = await import('webgpu');
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  const description = `${adapter?.info.vendor} ${adapter?.info.architecture} ${adapter?.info.description}`;
  process.exitCode = adapter && !/swiftshader|llvmpipe|lavapipe/i.test(description) ? 0 : 1;
} catch {
  process.exitCode = 1;
}
