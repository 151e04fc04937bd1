"""Loads the sample activations. Hover over a path to see what is in the file; click the link to open it.

Run it in this folder: `python3 load_activations.py`.
"""

import numpy as np

# Before a BatchNorm of a CNN: (32 images, 24 channels, 8, 8).
before_bn = np.load("cnn_conv2_pre_bn.npy")
channel_mean = before_bn.mean(axis=(0, 2, 3))
channel_std = before_bn.std(axis=(0, 2, 3))
print(f"BatchNorm shares {channel_mean.size} means, {channel_mean.min():.3f} to {channel_mean.max():.3f}")
print(f"and {channel_std.size} standard deviations, {channel_std.min():.3f} to {channel_std.max():.3f}")

# Before a LayerNorm of a transformer: (32 numbers, 24 columns of pixels, 64 features), zero where padded.
before_ln = np.load("transformer_block1_pre_ln.npy")
padding = ~before_ln.any(axis=-1)
print(f"{padding.mean():.1%} of the {padding.size} positions are padding")

# The first one with three channels spoilt.
broken = np.load("broken_pre_bn.npy")
print(f"{np.isnan(broken).sum()} NaN, in channels {np.unique(np.argwhere(np.isnan(broken))[:, 1])}")
