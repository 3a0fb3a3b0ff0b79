// Generated from brick-reach.wgsl by `npm run generate`; do not edit.
import type { ShaderSource } from '@efface/compute';

export interface BrickReachParams {
  readonly bricksIjk: readonly [number, number, number];
  readonly axis: number;
  readonly threshold: number;
}

export type BrickReachBinding = 'extents' | 'src' | 'dst';

export const brickReachSource: ShaderSource<BrickReachParams, BrickReachBinding> = {
  id: 'brick-reach',
  wgsl: `fn linear_invocation(workgroup: vec3<u32>, count: vec3<u32>, local: u32, wg_x: u32) -> u32 {
  return (workgroup.x + workgroup.y * count.x + workgroup.z * count.x * count.y) * wg_x + local;
}
override WG_X: u32 = 64;
const REACH: u32 = 8u;

struct Params {
  bricks_ijk: vec3<u32>,
  axis: u32,
  threshold: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> extents: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> src: array<u32>;
@group(0) @binding(3) var<storage, read_write> dst: array<u32>;

fn reach_before(brick: u32) -> u32 {
  if (params.axis > 0u) {
    return src[brick];
  }
  let extent = extents[brick];
  let slack = max(abs(extent.x), abs(extent.y)) * 0x1p-19;
  return select(REACH, 0u, extent.y + slack >= params.threshold);
}

@compute @workgroup_size(WG_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let brick = linear_invocation(workgroup, count, local, WG_X);
  let bricks = params.bricks_ijk;
  if (brick >= bricks.x * bricks.y * bricks.z) {
    return;
  }
  let row = brick / bricks.x;
  let p = vec3<u32>(brick - row * bricks.x, row % bricks.y, row / bricks.y);
  let stride = vec3<u32>(1u, bricks.x, bricks.x * bricks.y)[params.axis];
  let at = p[params.axis];
  let last = bricks[params.axis] - 1u;
  var reach = reach_before(brick);
  for (var d = 1u; d < reach; d++) {
    if (at >= d) {
      reach = min(reach, max(d, reach_before(brick - d * stride)));
    }
    if (at + d <= last) {
      reach = min(reach, max(d, reach_before(brick + d * stride)));
    }
  }
  dst[brick] = reach;
}
`,
  paramsSizeBytes: 32,
  params: [
    { name: 'bricksIjk', type: 'vec3<u32>', offsetBytes: 0 },
    { name: 'axis', type: 'u32', offsetBytes: 12 },
    { name: 'threshold', type: 'f32', offsetBytes: 16 },
  ],
  bindings: [
    { name: 'extents', binding: 1, access: 'read' },
    { name: 'src', binding: 2, access: 'read' },
    { name: 'dst', binding: 3, access: 'read_write' },
  ],
  overrides: [{ name: 'WG_X', type: 'u32', defaultValue: 64 }],
};
