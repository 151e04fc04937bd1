"""Files for `readers.mjs`, and the Python peers: `readers.py make FORMAT FILE MIB`, `readers.py open|all FORMAT FILE`.

A measurement prints {"ms", "mebibytes"}: from before the file is opened, imports not counted, and the most memory of the process.
"""
import json
import struct
import sys
import time

import numpy as np

COLUMNS = 4096
TENSORS = 24


def arrays(mebibytes):
    rows = mebibytes * 2**20 // 4 // COLUMNS // TENSORS
    one = np.random.default_rng(20).normal(3, 1, (rows, COLUMNS)).astype(np.float32)
    return [(f"layer{i}.weight", one + np.float32(i)) for i in range(TENSORS)]


def make_npy(file, mebibytes):
    rows = mebibytes * 2**20 // 4 // COLUMNS
    x = np.lib.format.open_memmap(file, "w+", np.float32, (rows, COLUMNS))
    part = np.random.default_rng(20).normal(3, 1, (rows // TENSORS, COLUMNS)).astype(np.float32)
    for at in range(TENSORS):
        x[at * len(part) : (at + 1) * len(part)] = part
    x.flush()


def make_npz(file, mebibytes):
    np.savez(file, **dict(arrays(mebibytes)))


def make_pt(file, mebibytes):
    import torch

    torch.save({name: torch.from_numpy(x) for name, x in arrays(mebibytes)}, file)


def make_h5(file, mebibytes):
    import h5py

    with h5py.File(file, "w") as h5:
        for name, x in arrays(mebibytes):
            h5[name] = x


def make_onnx(file, mebibytes):
    import onnx
    from onnx import helper, numpy_helper

    tensors = [numpy_helper.from_array(x, name) for name, x in arrays(mebibytes)]
    with open(file, "wb") as out:
        out.write(helper.make_model(helper.make_graph([], "weights", [], [], tensors)).SerializeToString())


def make_safetensors(file, mebibytes):
    tensors = arrays(mebibytes)
    header, end = {}, 0
    for name, x in tensors:
        header[name] = {"dtype": "F32", "shape": x.shape, "data_offsets": [end, end + x.nbytes]}
        end += x.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(file, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for _, x in tensors:
            x.tofile(out)


def make_gguf(file, mebibytes):
    """Version 3, without metadata; every tensor's bytes are a multiple of the alignment (32) long."""
    tensors = arrays(mebibytes)
    head, end = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), 0), 0
    for name, x in tensors:
        head += struct.pack("<Q", len(name)) + name.encode() + struct.pack("<IQQIQ", 2, x.shape[1], x.shape[0], 0, end)
        end += x.nbytes
    with open(file, "wb") as out:
        out.write(head + b"\0" * (-len(head) % 32))
        for _, x in tensors:
            x.tofile(out)


def npy(file):
    yield np.load(file, mmap_mode="r")


def npz(file):
    with np.load(file) as archive:
        for name in archive.files:
            yield lambda name=name: archive[name]


def pt(file):
    for x in torch.load(file, map_location="cpu").values():
        yield x.numpy()


def h5(file):
    with h5py.File(file, "r") as opened:
        for dataset in opened.values():
            yield lambda dataset=dataset: dataset[()]


def onnx_file(file):
    for tensor in onnx.load(file).graph.initializer:
        yield lambda tensor=tensor: numpy_helper.to_array(tensor)


readers = {"npy": npy, "npz": npz, "pt": pt, "h5": h5, "onnx": onnx_file}

work, form, path = sys.argv[1:4]
if work == "make":
    globals()[f"make_{form}"](path, int(sys.argv[4]))
    sys.exit()
if form == "pt":
    import torch

    torch.set_num_threads(1)
if form == "h5":
    import h5py
if form == "onnx":
    import onnx
    from onnx import numpy_helper
start = time.perf_counter()
for x in readers[form](path):
    if work == "all":
        x = x() if callable(x) else x
        for axis in (0, 1):
            x.mean(axis)
            x.var(axis)
ms = (time.perf_counter() - start) * 1e3
with open("/proc/self/status") as status:
    mark = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(json.dumps({"ms": ms, "mebibytes": mark / 1024}))
