#!/bin/sh
# Unpacks Node beside this script and runs the check on the GPU of this machine: sh run.sh [--out FILE] …
# A container may have to name its driver first, as in VK_DRIVER_FILES=/path/to/nvidia_icd.json.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ ! -x "$here/node" ]; then
  gzip -dc "$here/node.gz" >"$here/node.part"
  chmod 755 "$here/node.part"
  mv "$here/node.part" "$here/node"
  gzip -dc "$here/dawn.node.gz" >"$here/node_modules/webgpu/dist/linux-x64/dawn.node"
fi
# A machine may have the driver without the loader.
if ! ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1'; then
  LD_LIBRARY_PATH="$here/loader${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export LD_LIBRARY_PATH
fi
exec "$here/node" "$here/check.mjs" "$@"
