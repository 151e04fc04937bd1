"""Mean and variance by LayerNorm's and BatchNorm's groups, in NumPy and PyTorch.

And the maps of both, and histograms. Each line of input is JSON: {"peer", "file", "shape", "axes": [[...], [...]], "offset",
"load"}; the answer is milliseconds. With "load", reading the file counts too. The number at a peer's end is of threads.
"""
import json
import sys
import time

import numpy as np

try:
    import torch
except ImportError:
    torch = None

held = {}


def data(request):
    key = (request["file"], tuple(request["shape"]))
    if key not in held:
        held.clear()
        held[key] = np.fromfile(request["file"], np.float32, offset=request["offset"]).reshape(request["shape"])
    return held[key]


def numpy_moments(x, axes):
    for over in axes:
        x.mean(tuple(over))
        x.var(tuple(over))


def numpy_sums(x, axes):
    """The fastest that NumPy has, and inaccurate: E[x^2] - E[x]^2 in float32."""
    q = np.square(x)
    for over in axes:
        m = x.mean(tuple(over))
        q.mean(tuple(over)) - m * m


def torch_moments(x, axes):
    t = torch.from_numpy(x)
    for over in axes:
        torch.var_mean(t, dim=over, unbiased=False)


def numpy_mapped(request):
    """The fastest over a file: sums and squares by einsum, in float32, from a memory map."""
    rows, columns = request["shape"]
    x = np.memmap(request["file"], np.float32, "r", request["offset"], (rows, columns))
    ones = [np.ones(size, np.float32) for size in (columns, rows)]
    for subscripts, one in (("ij,j->i", ones[0]), ("ij,i->j", ones[1])):
        np.einsum(subscripts, x, one)
    np.einsum("ij,ij->i", x, x)
    np.einsum("ij,ij->j", x, x)


def numpy_layer(x):
    (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5)


def numpy_batch(x):
    scale = np.full(x.shape[1], 0.5, np.float32)
    (x - np.float32(3)) * scale


outputs = {}


def output(x):
    if outputs.get("shape") != x.shape:
        outputs.update(shape=x.shape, y=torch.empty(x.shape), mean=torch.empty(x.shape[0], 1), rstd=torch.empty(x.shape[0], 1))
    return outputs


def torch_layer(x):
    torch.nn.functional.layer_norm(torch.from_numpy(x), (x.shape[1],))


def torch_layer_out(x):
    to = output(x)
    layer = torch.ops.aten.native_layer_norm.out
    layer(torch.from_numpy(x), [x.shape[1]], None, None, 1e-5, out0=to["y"], out1=to["mean"], out2=to["rstd"])


def torch_batch(x):
    filled = lambda value: torch.full((x.shape[1],), value)
    torch.nn.functional.batch_norm(torch.from_numpy(x), filled(3.0), filled(4.0))


def torch_batch_out(x):
    """PyTorch 1.13 has no batch_norm into an output on a CPU: the same map as one product and sum."""
    filled = lambda value: torch.full((x.shape[1],), value)
    torch.addcmul(filled(-1.5), torch.from_numpy(x), filled(0.5), out=output(x)["y"])


peers = {
    "versions": None,
    "numpy": lambda r, x: numpy_moments(x, r["axes"]),
    "numpy-sums": lambda r, x: numpy_sums(x, r["axes"]),
    "torch": lambda r, x: torch_moments(x, r["axes"]),
    "numpy-layer": lambda r, x: numpy_layer(x),
    "numpy-batch": lambda r, x: numpy_batch(x),
    "numpy-histogram": lambda r, x: np.histogram(x, 256, (-1, 7)),
    "torch-layer": lambda r, x: torch_layer(x),
    "torch-layer-out": lambda r, x: torch_layer_out(x),
    "torch-batch": lambda r, x: torch_batch(x),
    "torch-batch-out": lambda r, x: torch_batch_out(x),
    "torch-histogram": lambda r, x: torch.histc(torch.from_numpy(x), 256, -1, 7),
}

for line in sys.stdin:
    request = json.loads(line)
    peer = request["peer"]
    if peer == "versions":
        print(f"NumPy {np.__version__}" + (f", PyTorch {torch.__version__}" if torch else ""), flush=True)
        continue
    if peer.startswith("torch"):
        peer, threads = peer.rsplit("-", 1)
        torch.set_num_threads(int(threads))
    start = time.perf_counter()
    if peer == "numpy-mapped":
        numpy_mapped(request)
    else:
        if request["load"]:
            held.clear()
        else:
            data(request)
        start = time.perf_counter()
        peers[peer](request, data(request))
    print((time.perf_counter() - start) * 1e3, flush=True)
