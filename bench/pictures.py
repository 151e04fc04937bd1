"""`pictures.py FILE ROW_AXES`: with NumPy and Matplotlib what the page draws of a tensor. For `opening.mjs`.

Prints {"ms"}: from before the file is opened, imports not counted, until the PNG is written. Channels are the last axis of a
matrix and of tokens, the second of planes; LayerNorm is over all that a sample or token has.
"""
import io
import json
import sys
import time

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

EPS = 1e-5
PIXELS = 256


def normalized(x, axes):
    mean = x.mean(axis=axes, keepdims=True)
    variance = x.var(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + EPS), mean, variance


def shrunk(matrix):
    """Means of what falls on each of at most 256 × 256 pixels."""
    for axis in (0, 1):
        size = matrix.shape[axis]
        starts = np.unique(np.arange(min(size, PIXELS)) * size // min(size, PIXELS))
        counts = np.diff(np.append(starts, size))
        matrix = np.add.reduceat(matrix, starts, axis=axis) / (counts[:, None] if axis == 0 else counts)
    return matrix


def main(file, row_axes):
    begun = time.perf_counter()
    x = np.load(file, mmap_mode="r")
    channel = 1 if x.ndim == 4 else x.ndim - 1
    layer = normalized(x, tuple(range(row_axes, x.ndim)))
    batch = normalized(x, tuple(axis for axis in range(x.ndim) if axis != channel))
    figure, places = plt.subplots(4, 3, figsize=(14, 10))
    for column, (title, values) in enumerate((("raw", x), ("LayerNorm", layer[0]), ("BatchNorm", batch[0]))):
        matrix = values.reshape(int(np.prod(x.shape[:row_axes])), -1)
        places[0, column].imshow(shrunk(matrix), aspect="auto", cmap="RdBu")
        places[0, column].set_title(title)
        places[1, column].hist(values.ravel(), bins=128)
    for column, (_, mean, variance) in enumerate((layer, batch)):
        places[2, column].hist(mean.ravel(), bins=48)
        places[3, column].hist(variance.ravel(), bins=48)
    figure.savefig(io.BytesIO(), format="png")
    print(json.dumps({"ms": (time.perf_counter() - begun) * 1000}))


main(sys.argv[1], int(sys.argv[2]))
