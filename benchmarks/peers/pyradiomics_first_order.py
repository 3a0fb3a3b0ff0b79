"""PyRadiomics' first-order features of every structure of two images, timed without reading the files.

usage: pyradiomics_first_order.py ORIGINAL DEFACED BITS COUNT WORKERS
Prints one JSON object: version, seconds, features[image][structure][name]. Needs pyradiomics and SimpleITK; bit n of BITS is
structure n. Structures are shared out among WORKERS processes that inherit the images.
"""
import json
import logging
import multiprocessing
import sys
import time

import numpy
import radiomics
import SimpleITK
from radiomics import featureextractor

logging.disable(logging.CRITICAL)
paths, count, workers = sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
original, defaced = (SimpleITK.ReadImage(path) for path in paths[:2])
packed = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(paths[2]))
masks = []
for n in range(count):
    mask = SimpleITK.GetImageFromArray(((packed >> n) & 1).astype(numpy.uint8))
    mask.CopyInformation(original)
    masks.append(mask)
del packed


def features(job):
    image, n = job
    extractor = featureextractor.RadiomicsFeatureExtractor(binWidth=25, additionalInfo=False)
    extractor.disableAllFeatures()
    extractor.enableFeatureClassByName("firstorder")
    found = extractor.execute((original, defaced)[image], masks[n])
    prefix = "original_firstorder_"
    return {name[len(prefix):]: float(value) for name, value in found.items() if name.startswith(prefix)}


jobs = [(image, n) for image in (0, 1) for n in range(count)]
with multiprocessing.get_context("fork").Pool(workers) as pool:
    pool.map(abs, range(workers))
    start = time.perf_counter()
    results = pool.map(features, jobs, chunksize=1)
    seconds = time.perf_counter() - start
print(json.dumps({"version": radiomics.__version__, "seconds": seconds, "features": [results[:count], results[count:]]}))
