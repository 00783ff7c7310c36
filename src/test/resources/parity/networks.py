"""The preset networks in PyTorch, as nn.Sequential whose state_dict has Millrace's names, with the data they train on.

network(name) -> (model, optimizer, batch); data(name, folder) -> (inputs, targets) in file order; losses(...) -> list
"""
import gzip
import torch
import torch.nn as nn
import torch.nn.functional as F

VOCABULARY = 83  # characters of the shipped Moby-Dick
NAMES = ("mlp-mnist", "cnn", "lstm-char", "gpt-tiny")


class Positions(nn.Module):
    def __init__(self, context, width):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(context, width))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, x):
        return x + self.weight[: x.size(1)]


class Attention(nn.Module):
    """Multi-head causal self-attention, the three projections in one matrix (nanoGPT)."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (z.view(b, t, self.heads, d // self.heads).transpose(1, 2) for z in self.qkv(x).split(d, 2))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.proj(a.transpose(1, 2).reshape(b, t, d))


class Lstm(nn.LSTM):
    def forward(self, x):
        return super().forward(x)[0]


class Transformer(nn.ModuleDict):
    """Modules by the numbers of Millrace's layers; a block is ten of them: fork, norm, attention, join, fork, norm, dense,
    GELU, dense, join."""

    def __init__(self, width, heads, context, blocks):
        modules = {"0": nn.Embedding(VOCABULARY, width), "1": Positions(context, width)}
        self.starts = [2 + 10 * i for i in range(blocks)]
        for s in self.starts:
            modules[str(s + 1)], modules[str(s + 2)] = nn.LayerNorm(width), Attention(width, heads)
            modules[str(s + 5)] = nn.LayerNorm(width)
            modules[str(s + 6)], modules[str(s + 8)] = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.end = 2 + 10 * blocks
        modules[str(self.end)] = nn.LayerNorm(width)
        modules[str(self.end + 1)] = nn.Linear(width, VOCABULARY, bias=False)
        super().__init__(modules)

    def forward(self, x):
        x = self["1"](self["0"](x))
        for s in self.starts:
            x = x + self[str(s + 2)](self[str(s + 1)](x))
            x = x + self[str(s + 8)](F.gelu(self[str(s + 6)](self[str(s + 5)](x))))
        return self[str(self.end + 1)](self[str(self.end)](x))


def network(name):
    if name == "mlp-mnist":
        model = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
        return model, torch.optim.Adam(model.parameters(), lr=1e-3), 64
    if name == "cnn":
        model = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
                              nn.Flatten(), nn.Linear(64 * 12 * 12, 128), nn.ReLU(), nn.Linear(128, 10))
        return model, torch.optim.Adam(model.parameters(), lr=1e-3), 64
    if name == "lstm-char":
        model = nn.Sequential(nn.Embedding(VOCABULARY, 64), Lstm(64, 256, batch_first=True), nn.Linear(256, VOCABULARY))
        return model, torch.optim.Adam(model.parameters(), lr=1e-3), 32
    if name == "gpt-tiny":
        model = Transformer(128, 4, 128, 4)
        for module in model.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)
        return model, torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1), 32
    raise SystemExit(f"network: {name} (expected: one of {', '.join(NAMES)})")


def _idx(path):
    raw = gzip.open(path, "rb").read()
    dims = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
    return torch.frombuffer(bytearray(raw[4 + 4 * len(dims):]), dtype=torch.uint8).view(dims)


def data(name, folder, part="train"):
    """The training set ("test": the test set) in file order, pixels / 255; or the windows of the text's first nine tenths
    ("rest": the last)."""
    if name in ("mlp-mnist", "cnn"):
        files = "t10k" if part == "test" else "train"
        x = _idx(f"{folder}/mnist/{files}-images-idx3-ubyte.gz").float().div(255)
        y = _idx(f"{folder}/mnist/{files}-labels-idx1-ubyte.gz").long()
        return (x.view(-1, 784) if name == "mlp-mnist" else x.view(-1, 1, 28, 28)), y
    text = gzip.open(f"{folder}/moby-dick.txt.gz", "rt", encoding="utf-8", newline="").read()
    vocabulary = {c: i for i, c in enumerate(sorted(set(text)))}
    assert len(vocabulary) == VOCABULARY, len(vocabulary)
    tokens = torch.tensor([vocabulary[c] for c in text])
    cut = int(len(tokens) * (1 - 0.1))
    tokens = tokens[:cut] if part == "train" else tokens[cut:]
    context = 64 if name == "lstm-char" else 128
    rows = (len(tokens) - 1) // context
    return tokens[:rows * context].view(rows, context), tokens[1:rows * context + 1].view(rows, context)


def loss_of(model, x, y):
    out = model(x)
    return F.cross_entropy(out.reshape(-1, out.size(-1)), y.reshape(-1))


def losses(model, optimizer, x, y, batch, steps):
    """The loss of each step, over consecutive batches."""
    found = []
    for step in range(steps):
        rows = slice(batch * step, batch * step + batch)
        loss = loss_of(model, x[rows], y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return found
