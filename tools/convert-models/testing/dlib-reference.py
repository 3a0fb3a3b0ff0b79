"""What dlib itself says: chips and descriptor distances for the cases of a folder. See dlib-reference.ts.

Needs: pip install dlib-bin face-recognition-models numpy
"""

import hashlib
import json
import sys

import dlib
import face_recognition_models
import numpy

folder = sys.argv[1]
with open(f"{folder}/cases.json", encoding="utf-8") as file:
    cases = json.load(file)
network = dlib.face_recognition_model_v1(face_recognition_models.face_recognition_model_location())


def chip_of(case):
    pixels = numpy.fromfile(f"{folder}/{case['picture']}.rgb", numpy.uint8)
    picture = pixels.reshape(case["height"], case["width"], 3)
    parts = dlib.points([dlib.point(x, y) for x, y in case["points"]])
    face = dlib.full_object_detection(dlib.rectangle(0, 0, 1, 1), parts)
    return dlib.get_face_chip(picture, face, 150, 0.25)


descriptors = []
hashes = []
for case in cases:
    chip = chip_of(case)
    hashes.append(hashlib.sha256(chip.tobytes()).hexdigest())
    if case["isFace"]:
        descriptors.append(numpy.array(network.compute_face_descriptor(chip)))
distances = [
    round(float(numpy.linalg.norm(descriptors[i] - descriptors[j])), 6)
    for i in range(len(descriptors))
    for j in range(i)
]
print(json.dumps({"dlib": dlib.__version__, "hashes": hashes, "distances": distances}))
