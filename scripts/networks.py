"""Real networks in every container that frameworks write, beside what the frameworks say of them: for `networks.mjs`.

Usage: networks.py OUT FILE.onnx...   Writes into OUT, and prints JSON: statistics of every tensor in float64, by file and name.
Needs NumPy, PyTorch, h5py and ONNX. Safetensors is written by hand: a length, a JSON header, the bytes.
"""
import json
import os
import struct
import sys

import h5py
import numpy as np
import onnx
import torch
from onnx import numpy_helper

SAFETENSORS = {'float64': 'F64', 'float32': 'F32', 'float16': 'F16', 'int64': 'I64', 'int32': 'I32', 'uint8': 'U8', 'int8': 'I8', 'bool': 'BOOL'}


def weights(model):
    """Initializers and constants of more than one element, by names that every container takes."""
    tensors = [(tensor.name, tensor) for tensor in model.graph.initializer]
    tensors += [(node.output[0], value.t) for node in model.graph.node if node.op_type == 'Constant' for value in node.attribute if value.type == onnx.AttributeProto.TENSOR]
    arrays = {name.replace('/', '.').strip('.'): numpy_helper.to_array(tensor) for name, tensor in tensors}
    if len(arrays) < len(tensors):
        raise SystemExit('Two tensors have one name.')
    return {name: np.array(array) for name, array in arrays.items() if name and array.size > 1}


def statistics(array):
    values = torch.from_numpy(array).double()
    return {'shape': list(array.shape), 'count': int(values.isfinite().sum()), 'mean': float(values.mean()), 'variance': float(values.var(unbiased=False)), 'min': float(values.min()), 'max': float(values.max())}


class Buffers(torch.nn.Module):
    def __init__(self, tensors):
        super().__init__()
        for index, tensor in enumerate(tensors):
            self.register_buffer(f't{index}', tensor)

    def forward(self, x):
        return x


def safetensors(path, arrays):
    header, blobs, offset = {}, [], 0
    for name, array in arrays.items():
        blob = np.ascontiguousarray(array).tobytes()
        header[name] = {'dtype': SAFETENSORS[str(array.dtype)], 'shape': list(array.shape), 'data_offsets': [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + b''.join(blobs))


def main(out, files):
    truth = {}
    for source in files:
        arrays = weights(onnx.load(source))
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        known = {name: statistics(array) for name, array in arrays.items()}
        base = os.path.join(out, os.path.splitext(os.path.basename(source))[0])
        nested = {f'state_dict.{name}': value for name, value in known.items()}
        torch.save({'state_dict': tensors, 'epoch': 3}, f'{base}.pt')
        torch.save({'state_dict': tensors, 'epoch': 3}, f'{base}.legacy.pt', _use_new_zipfile_serialization=False)
        torch.jit.script(Buffers(tensors.values())).save(f'{base}.script.pt')
        safetensors(f'{base}.safetensors', arrays)
        np.savez_compressed(f'{base}.npz', **arrays)
        with h5py.File(f'{base}.h5', 'w') as file:
            for name, array in arrays.items():
                file.create_dataset(name, data=array, compression='gzip' if array.size > 1000 else None)
        truth[f'{base}.pt'] = truth[f'{base}.legacy.pt'] = nested
        truth[f'{base}.script.pt'] = {f't{index}': value for index, value in enumerate(known.values())}
        for ending in ('safetensors', 'npz', 'h5'):
            truth[f'{base}.{ending}'] = known
    json.dump(truth, sys.stdout)


main(sys.argv[1], sys.argv[2:])
