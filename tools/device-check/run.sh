#!/bin/sh
# Runs the check on the GPU of this machine: sh run.sh [--help] [options] [cases] [bench] [sweep] [operations]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# A machine may have the driver without the loader.
if ! { ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null | grep -q 'libvulkan\.so\.1'; then
  LD_LIBRARY_PATH="$here/loader${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export LD_LIBRARY_PATH
fi
# A container may have NVIDIA's driver without the file that tells the loader of it. The loader passes over a library
# that is not there: the first one needs those of X11, the second one those of EGL.
if [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] && [ -e /dev/nvidiactl ] &&
  ! ls /etc/vulkan/icd.d/*nvidia* /usr/share/vulkan/icd.d/*nvidia* >/dev/null 2>&1; then
  VK_DRIVER_FILES="$here/loader/nvidia-glx.json:$here/loader/nvidia-egl.json"
  export VK_DRIVER_FILES
fi
exec "$here/node" "$here/check.mjs" "$@"
