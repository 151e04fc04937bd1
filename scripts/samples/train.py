"""Trains two small networks on scikit-learn's digits and saves what stands before their normalizations.

    python3 scripts/samples/train.py

Needs PyTorch, NumPy and scikit-learn; takes about a minute on one core. Seeded, so that it writes the same files again
with the same versions (PyTorch 1.13, NumPy 1.24, scikit-learn 1.2). Prints the test accuracies that samples/README.md
states.
"""

from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional as F

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
LONGEST = 24  # tokens: three digits of eight columns
WIDTH = 64  # features of a token


class Cnn(nn.Module):
    """conv-BN-ReLU three times, then the mean over positions. (N, 1, 8, 8) to (N, 10)."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.conv2, self.bn2 = nn.Conv2d(16, 24, 3, padding=1, bias=False), nn.BatchNorm2d(24)
        self.conv3, self.bn3 = nn.Conv2d(24, 32, 3, padding=1, stride=2, bias=False), nn.BatchNorm2d(32)
        self.head = nn.Linear(32, 10)

    def before_bn2(self, images):
        return self.conv2(F.relu(self.bn1(self.conv1(images))))

    def forward(self, images):
        x = F.relu(self.bn2(self.before_bn2(images)))
        x = F.relu(self.bn3(self.conv3(x)))
        return self.head(x.mean(dim=(2, 3)))


class Block(nn.Module):
    """A pre-LN encoder block. (N, T, C) to (N, T, C); positions that are padding stay zero."""

    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention = nn.MultiheadAttention(WIDTH, 4, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, x, padding):
        y = self.norm1(x)
        x = x + self.attention(y, y, y, key_padding_mask=padding, need_weights=False)[0]
        x = x + self.mlp(self.norm2(x))
        return x.masked_fill(padding[..., None], 0.0)


class Transformer(nn.Module):
    """Reads numbers of one to three digits, a column of pixels a token: (N, 24, 8) to (N, 3, 10)."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(8, WIDTH)
        self.column = nn.Embedding(8, WIDTH)
        self.blocks = nn.ModuleList([Block(), Block()])
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 10)

    def before_block1(self, columns, column_number, padding):
        x = (self.embed(columns) + self.column(column_number)).masked_fill(padding[..., None], 0.0)
        return self.blocks[0](x, padding)

    def forward(self, columns, column_number, padding, belongs):
        x = self.norm(self.blocks[1](self.before_block1(columns, column_number, padding), padding))
        share = belongs / belongs.sum(-1, keepdim=True).clamp(min=1)  # (N, 3, T): the mean over a digit's columns
        return self.head(share @ x)


def numbers(images, labels, count, rng):
    """Numbers of one to three digits. Blank columns hold nothing to read and are left out, so that lengths vary."""
    columns = np.zeros((count, LONGEST, 8), np.float32)
    column_number = np.zeros((count, LONGEST), np.int64)
    belongs = np.zeros((count, 3, LONGEST), np.float32)
    targets = np.full((count, 3), -100, np.int64)
    lengths = np.zeros(count, np.int64)
    for n in range(count):
        for digit in range(rng.integers(1, 4)):
            pick = rng.integers(len(images))
            targets[n, digit] = labels[pick]
            for number, column in enumerate(images[pick].T):
                if not column.any():
                    continue
                columns[n, lengths[n]] = column
                column_number[n, lengths[n]] = number
                belongs[n, digit, lengths[n]] = 1
                lengths[n] += 1
    padding = np.arange(LONGEST) >= lengths[:, None]
    inputs = tuple(torch.from_numpy(array) for array in (columns, column_number, padding, belongs))
    return inputs, torch.from_numpy(targets), lengths


def train(model, inputs, targets, epochs, rate):
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    batch = 64
    steps = epochs * (len(targets) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    model.train()
    for _ in range(epochs):
        order = torch.randperm(len(targets))
        for start in range(0, len(targets) - batch + 1, batch):
            pick = order[start : start + batch]
            output = model(*(part[pick] for part in inputs))
            loss = F.cross_entropy(output.flatten(0, -2), targets[pick].flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()


@torch.no_grad()
def accuracy(model, inputs, targets):
    there = targets >= 0
    return (model(*inputs).argmax(-1) == targets)[there].float().mean().item()


def save(name, array):
    np.save(SAMPLES / name, np.ascontiguousarray(array))
    print(f"{name}: {array.dtype} {array.shape}, {(SAMPLES / name).stat().st_size} bytes")


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    digits = load_digits()
    images = (digits.images / 16).astype(np.float32)
    train_x, test_x, train_y, test_y = train_test_split(
        images, digits.target, test_size=0.25, random_state=0, stratify=digits.target
    )

    cnn = Cnn()
    pictures, held_out = torch.from_numpy(train_x)[:, None], torch.from_numpy(test_x)[:, None]
    train(cnn, (pictures,), torch.from_numpy(train_y), epochs=25, rate=1e-2)
    print(f"CNN: {accuracy(cnn, (held_out,), torch.from_numpy(test_y)):.1%} of {len(test_y)} test images")
    with torch.no_grad():
        before_bn = cnn.before_bn2(held_out[:32]).numpy()
    save("cnn_conv2_pre_bn.npy", before_bn)

    broken = before_bn.copy()
    broken[7, 5, 2:4, 3:6] = np.nan  # an overflow in one sample
    broken[:, 11] = 0  # a channel that died
    broken[:, 17] = 0.5 + 1e-4 * rng.standard_normal(broken[:, 17].shape)  # variance 1e-8, far below eps
    save("broken_pre_bn.npy", broken)

    transformer = Transformer()
    inputs, targets, _ = numbers(train_x, train_y, 6000, rng)
    train(transformer, inputs, targets, epochs=10, rate=2e-3)
    inputs, targets, lengths = numbers(test_x, test_y, 1000, rng)
    print(f"Transformer: {accuracy(transformer, inputs, targets):.1%} of the digits of {len(targets)} test numbers")
    with torch.no_grad():
        before_ln = transformer.before_block1(*(part[:32] for part in inputs[:3])).numpy()
    assert not before_ln[inputs[2][:32].numpy()].any()
    print(f"{inputs[2][:32].float().mean():.1%} of its positions are padding; lengths from {lengths[:32].min()} to {lengths[:32].max()}")
    save("transformer_block1_pre_ln.npy", before_ln)


if __name__ == "__main__":
    main()
