#!/bin/sh
# Runs the check on the GPU of this machine: sh run.sh [--help] [options] [cases] [bench] [sweep] [operations]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# A machine may have the driver without the loader.
if ! { ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null | grep -q 'libvulkan\.so\.1'; then
  LD_LIBRARY_PATH="$here/loader${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export LD_LIBRARY_PATH
fi
# A container may have NVIDIA's driver without the manifest that tells the loader of it. The two brought along name its
# library for X11 and that for EGL; the loader passes over one that is not there.
has_manifest() {
  for manifest in /etc/vulkan/icd.d/*nvidia*.json /usr/share/vulkan/icd.d/*nvidia*.json; do
    if [ -e "$manifest" ]; then return 0; fi
  done
  return 1
}
if [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] && [ -e /dev/nvidiactl ] && ! has_manifest; then
  VK_DRIVER_FILES="$here/loader/nvidia-glx.json:$here/loader/nvidia-egl.json"
  export VK_DRIVER_FILES
fi
exec "$here/node" "$here/check.mjs" "$@"
