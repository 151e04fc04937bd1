"""Mean and variance by LayerNorm's and BatchNorm's groups, in NumPy and PyTorch.

Each line of input is JSON: {"peer", "file", "shape", "axes": [[...], [...]], "offset", "load"}; the answer is milliseconds,
or a line that begins with "no " and says why not. With "load", reading the file counts too.
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


peers = {
    "versions": None,
    "numpy": lambda r, x: numpy_moments(x, r["axes"]),
    "numpy-sums": lambda r, x: numpy_sums(x, r["axes"]),
    "torch-1": lambda r, x: torch_moments(x, r["axes"]),
    "torch-2": lambda r, x: torch_moments(x, r["axes"]),
}

for line in sys.stdin:
    request = json.loads(line)
    peer = request["peer"]
    if peer == "versions":
        print(f"NumPy {np.__version__}" + (f", PyTorch {torch.__version__}" if torch else ""), flush=True)
        continue
    if peer.startswith("torch"):
        if torch is None:
            print("no PyTorch in this Python", flush=True)
            continue
        torch.set_num_threads(int(peer[-1]))
    if request["load"]:
        held.clear()
    else:
        data(request)
    start = time.perf_counter()
    peers[peer](request, data(request))
    print((time.perf_counter() - start) * 1e3, flush=True)
