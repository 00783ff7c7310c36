"""Writes the golden files beside this script: what PyTorch (CPU, float32) computes for small fixed inputs.

Usage:  python make_golden.py        (needs PyTorch; the files here were written with 2.13.0)

Each line is "name sizes : values", sizes as in 2x3, values row-major. Nine significant digits tell any float32 from
its neighbours, 17 any float64. The tests read the files through millrace.nn.golden.Golden.
"""

from pathlib import Path

import torch
from torch.nn import functional as F

STEPS = 10


class Golden:
    """One golden file; lines come out in the order of the calls."""

    def __init__(self, name):
        self.path = Path(__file__).with_name(name + ".txt")
        self.lines = [f"# written by make_golden.py with PyTorch {torch.__version__.split('+')[0]}; do not edit"]

    def add(self, name, tensor):
        tensor = torch.as_tensor(tensor).detach()
        digits = 17 if tensor.dtype == torch.float64 else 9
        sizes = "x".join(str(d) for d in tensor.shape) or "1"
        values = " ".join(f"{v:.{digits}g}" for v in tensor.reshape(-1).tolist()).replace("nan", "NaN")
        self.lines.append(f"{name} {sizes} : {values}")

    def write(self):
        self.path.write_text("\n".join(self.lines) + "\n", encoding="ascii")


def normal(seed, *sizes):
    return torch.randn(*sizes, generator=torch.Generator().manual_seed(seed))


def uniform(seed, *sizes):
    return torch.rand(*sizes, generator=torch.Generator().manual_seed(seed))


def dense():
    golden = Golden("dense")
    x, w, b, dy = (normal(1, 5, 7), normal(2, 3, 7), normal(3, 3), normal(4, 5, 3))
    for t in (x, w, b):
        t.requires_grad_()
    y = F.linear(x, w, b)
    y.backward(dy)
    for name, t in [("x", x), ("w", w), ("b", b), ("dy", dy), ("y", y), ("dx", x.grad), ("dw", w.grad), ("db", b.grad)]:
        golden.add(name, t)
    golden.add("y.without-bias", F.linear(x, w))
    golden.write()


class Attention(torch.nn.Module):
    """The attention of bench/peers/models.py."""

    def __init__(self, d, heads, causal=True):
        super().__init__()
        self.h, self.causal = heads, causal
        self.qkv, self.proj = torch.nn.Linear(d, 3 * d), torch.nn.Linear(d, d)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (z.view(b, t, self.h, d // self.h).transpose(1, 2) for z in self.qkv(x).split(d, 2))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.proj(a.transpose(1, 2).reshape(b, t, d))


class Positions(torch.nn.Module):
    def __init__(self, context, d):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.empty(context, d))

    def forward(self, x):
        return x + self.weight[: x.size(1)]


def module(golden, name, layer, x, seed):
    """A layer's output, input gradient and parameter gradients, its parameters drawn from the seed."""
    with torch.no_grad():
        for i, (_, p) in enumerate(layer.named_parameters()):
            p.copy_(0.5 * normal(seed + i, *p.shape))
    x = x.clone()
    if x.is_floating_point():
        x.requires_grad_()
    y = layer(x)
    y = y[0] if isinstance(y, tuple) else y
    dy = normal(seed + 50, *y.shape)
    y.backward(dy)
    golden.add(name + ".x", x)
    golden.add(name + ".dy", dy)
    golden.add(name + ".y", y)
    if x.grad is not None:
        golden.add(name + ".dx", x.grad)
    for key, p in layer.named_parameters():
        golden.add(f"{name}.{key}", p)
        golden.add(f"{name}.{key}.grad", p.grad)


def sequence_layers():
    golden = Golden("sequence-layers")
    nn = torch.nn
    x = normal(100, 3, 7, 12)
    module(golden, "layer-norm", nn.LayerNorm(12), x, 200)
    module(golden, "positional-embedding", Positions(9, 12), x, 300)
    module(golden, "attention", Attention(12, 3), x, 400)
    module(golden, "attention-not-causal", Attention(12, 3, causal=False), x, 1200)
    module(golden, "rnn", nn.RNN(12, 10, batch_first=True), x, 500)
    module(golden, "lstm", nn.LSTM(12, 10, batch_first=True), x, 600)
    module(golden, "gru", nn.GRU(12, 10, batch_first=True), x, 700)
    for seed, cell in enumerate((nn.RNN, nn.LSTM, nn.GRU)):
        name = cell.__name__.lower() + "-without-bias"
        module(golden, name, cell(12, 10, bias=False, batch_first=True), x, 900 + 100 * seed)
    for seed, cell in enumerate((nn.RNN, nn.LSTM, nn.GRU)):
        name = cell.__name__.lower() + "-bidirectional"
        module(golden, name, cell(12, 6, batch_first=True, bidirectional=True), x, 1300 + 100 * seed)
    without = nn.GRU(12, 6, bias=False, batch_first=True, bidirectional=True)
    module(golden, "gru-bidirectional-without-bias", without, x, 1600)
    tokens = torch.randint(0, 6, (3, 7), generator=torch.Generator().manual_seed(101))
    module(golden, "embedding", nn.Embedding(6, 5), tokens, 800)
    golden.write()


class Block(torch.nn.Module):
    """The block of bench/peers/models.py; children are named as the layers of ours are numbered."""

    def __init__(self, d, heads):
        super().__init__()
        nn = torch.nn
        layers = {1: nn.LayerNorm(d), 2: Attention(d, heads), 5: nn.LayerNorm(d), 6: nn.Linear(d, 4 * d)}
        layers[8] = nn.Linear(4 * d, d)
        for i, layer in layers.items():
            self.add_module(str(i), layer)

    def forward(self, x):
        m = self._modules
        x = x + m["2"](m["1"](x))
        return x + m["8"](F.gelu(m["6"](m["5"](x))))


def image_layers():
    golden = Golden("image-layers")
    nn = torch.nn
    x = normal(103, 3, 4, 7, 9)
    module(golden, "conv", nn.Conv2d(4, 8, 3), x, 1000)
    module(golden, "conv-stride", nn.Conv2d(4, 6, 3, stride=2, padding=1), x, 1100)
    module(golden, "conv-groups", nn.Conv2d(4, 8, 3, padding=2, dilation=2, groups=2), x, 1200)
    module(golden, "conv-depthwise", nn.Conv2d(4, 8, 3, padding=1, groups=4, bias=False), x, 1300)
    module(golden, "conv-1x1", nn.Conv2d(4, 8, 1, stride=2, bias=False), x, 1400)
    module(golden, "max-pool", nn.MaxPool2d(2), x, 1500)
    module(golden, "max-pool-overlap", nn.MaxPool2d(3, stride=2, padding=1), x, 1600)
    module(golden, "avg-pool", nn.AvgPool2d(3, stride=2, padding=1), x, 1700)
    module(golden, "avg-pool-within", nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), x, 1750)
    module(golden, "global-avg-pool", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), x, 1800)
    module(golden, "conv-rectangle", nn.Conv2d(4, 8, (3, 5), stride=(1, 2), padding=(1, 0), groups=2), x, 2100)
    dilated = nn.Conv2d(4, 8, (2, 3), stride=(2, 1), padding=(0, 2), dilation=(3, 1), bias=False)
    module(golden, "conv-rectangle-dilated", dilated, x, 2200)
    rectangle = {"kernel_size": (2, 4), "stride": (1, 3), "padding": (1, 2)}
    module(golden, "max-pool-rectangle", nn.MaxPool2d(**rectangle), x, 2300)
    module(golden, "avg-pool-rectangle", nn.AvgPool2d(**rectangle), x, 2400)
    module(golden, "avg-pool-rectangle-within", nn.AvgPool2d(**rectangle, count_include_pad=False), x, 2500)
    norm = nn.BatchNorm2d(4)
    module(golden, "batch-norm", norm, x, 1900)
    golden.add("batch-norm.running_mean", norm.running_mean)
    golden.add("batch-norm.running_var", norm.running_var)
    golden.add("batch-norm.eval", norm.eval()(x))
    flat = nn.BatchNorm1d(6)
    y = normal(104, 5, 6)
    module(golden, "batch-norm-1d", flat, y, 2000)
    golden.write()


def transformer_block():
    golden = Golden("transformer-block")
    module(golden, "block", Block(12, 3), normal(102, 3, 7, 12), 900)
    golden.write()


def activations():
    golden = Golden("activations")
    # from -6 to 6 with 0 in the middle, where ReLU's derivative is a convention
    x = torch.linspace(-6, 6, 45).reshape(5, 9).requires_grad_()
    dy = normal(5, 5, 9)
    golden.add("x", x)
    golden.add("dy", dy)
    functions = {
        "relu": F.relu,
        "leaky-relu": lambda t: F.leaky_relu(t, 0.01),
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "gelu": F.gelu,
        "silu": F.silu,
        "elu": lambda t: F.elu(t, 0.7),
        "softmax": lambda t: F.softmax(t, dim=-1),
    }
    for name, f in functions.items():
        x.grad = None
        y = f(x)
        y.backward(dy)
        golden.add(name + ".y", y)
        golden.add(name + ".dx", x.grad)
    golden.write()


def losses():
    golden = Golden("losses")
    x = (2 * normal(6, 4, 3)).requires_grad_()
    # logits far from zero: exp of them overflows a float
    large = torch.tensor([[120.0, -3.0, 2.0], [-150.0, 4.0, 0.5]]).requires_grad_()
    t = normal(7, 4, 3)
    probabilities = uniform(8, 4, 3)
    labels = torch.tensor([2, 0, 1, 2])
    for name, tensor in [("x", x), ("large", large), ("t", t), ("probabilities", probabilities), ("labels", labels)]:
        golden.add(name, tensor)
    cases = {
        "mse": (x, lambda: F.mse_loss(x, t)),
        "half-mse": (x, lambda: F.mse_loss(x, t) / 2),
        "mae": (x, lambda: F.l1_loss(x, t)),
        "huber": (x, lambda: F.huber_loss(x, t, delta=1.0)),
        "huber.delta": (x, lambda: F.huber_loss(x, t, delta=2.5)),
        "binary-cross-entropy": (x, lambda: F.binary_cross_entropy_with_logits(x, probabilities)),
        "binary-cross-entropy.weighted": (
            x,
            lambda: F.binary_cross_entropy_with_logits(x, probabilities, pos_weight=torch.tensor(3.5)),
        ),
        "binary-cross-entropy.weighted-large": (
            large,
            lambda: F.binary_cross_entropy_with_logits(large, probabilities[:2], pos_weight=torch.tensor(0.25)),
        ),
        "cross-entropy": (x, lambda: F.cross_entropy(x, labels)),
        "binary-cross-entropy.large": (
            large,
            lambda: F.binary_cross_entropy_with_logits(large, probabilities[:2]),
        ),
        "cross-entropy.large": (large, lambda: F.cross_entropy(large, labels[:2])),
    }
    for name, (input, loss) in cases.items():
        input.grad = None
        value = loss()
        value.backward()
        golden.add(name + ".value", value)
        golden.add(name + ".dx", input.grad)
    golden.write()


def position_losses():
    """Cross-entropy of sequences, 4 samples of 5 positions and 3 classes, with labels that do not count."""
    golden = Golden("position-losses")
    x = (2 * normal(14, 4, 5, 3)).requires_grad_()
    labels = torch.randint(0, 3, (4, 5), generator=torch.Generator().manual_seed(15))
    ignoring = labels.clone()
    ignoring[0, 1:4] = -100
    ignoring[2] = -100
    weights = torch.tensor([0.5, 2.0, 1.25])
    for name, tensor in [("x", x), ("labels", labels), ("ignoring", ignoring)]:
        golden.add(name, tensor)
    cases = {
        "plain": (labels, {}),
        "ignoring": (ignoring, {}),
        "smooth": (labels, {"label_smoothing": 0.1}),
        "weighted": (labels, {"weight": weights}),
        "all": (ignoring, {"weight": weights, "label_smoothing": 0.2}),
    }
    for name, (target, options) in cases.items():
        x.grad = None
        value = F.cross_entropy(x.reshape(-1, 3), target.reshape(-1), **options)
        value.backward()
        golden.add(name + ".value", value)
        golden.add(name + ".dx", x.grad)
    golden.write()


def sample_weights():
    """Means of losses to which each sample adds with a weight of its own, and a network that is trained with one of them."""
    golden = Golden("sample-weights")
    weights = torch.tensor([0.5, 3.0, 0.0, 1.0, 1e-3, 20.0])
    by_class = torch.tensor([0.5, 2.0, 1.25])
    x, values = (2 * normal(50, 6, 3)).requires_grad_(), normal(51, 6, 3)
    labels, positive = torch.tensor([2, 0, 1, 1, 0, 2]), uniform(52, 6, 3)
    golden.add("weights", weights)
    for name, tensor in [("x", x), ("values", values), ("labels", labels), ("positive", positive)]:
        golden.add(name, tensor)
    none = {"reduction": "none"}
    cases = {
        "cross-entropy": (F.cross_entropy(x, labels, **none), weights),
        "class-weights": (F.cross_entropy(x, labels, weight=by_class, **none), weights * by_class[labels]),
        "smooth": (F.cross_entropy(x, labels, label_smoothing=0.1, **none), weights),
        "mse": (F.mse_loss(x, values, **none).mean(1), weights),
        "half-mse": (F.mse_loss(x, values, **none).mean(1) / 2, weights),
        "mae": (F.l1_loss(x, values, **none).mean(1), weights),
        "huber": (F.huber_loss(x, values, delta=0.7, **none).mean(1), weights),
        "binary-cross-entropy": (F.binary_cross_entropy_with_logits(x, positive, **none).mean(1), weights),
        "positive-weight": (
            F.binary_cross_entropy_with_logits(x, positive, pos_weight=torch.tensor(3.0), **none).mean(1), weights),
    }
    for name, (losses, counted) in cases.items():
        x.grad = None
        mean = (weights * losses).sum() / counted.sum()
        mean.backward(retain_graph=True)
        golden.add(name + ".value", mean)
        golden.add(name + ".dx", x.grad)

    # batches of four in the order of the samples, of which the last has two; momentum carries one into the next
    samples, labels = normal(53, 10, 4), torch.tensor([0, 1, 2, 2, 1, 0, 1, 2, 0, 1])
    weights = torch.tensor([1.0, 2.0, 0.0, 5.0, 0.25, 3.0, 1.0, 0.5, 4.0, 0.125])
    layer = torch.nn.Linear(4, 3)
    with torch.no_grad():
        layer.weight.copy_(normal(54, 3, 4))
        layer.bias.copy_(normal(55, 3))
    golden.add("samples", samples)
    golden.add("targets", labels)
    golden.add("counts", weights)
    for name, t in layer.state_dict().items():
        golden.add("initial.0." + name, t)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.5, momentum=0.9)
    for epoch in range(3):
        total = 0.0
        for rows in torch.arange(10).split(4):
            optimizer.zero_grad()
            losses = F.cross_entropy(layer(samples[rows]), labels[rows], weight=by_class, reduction="none")
            added = (weights[rows] * losses).sum()
            (added / (weights[rows] * by_class[labels[rows]]).sum()).backward()
            total += added.item()
            optimizer.step()
        golden.add(f"{epoch}.loss", total / (weights * by_class[labels]).sum())
    for name, t in layer.state_dict().items():
        golden.add("trained.0." + name, t)
    with torch.no_grad():
        losses = F.cross_entropy(layer(samples), labels, weight=by_class, reduction="none")
    golden.add("evaluated", (weights * losses).sum() / (weights * by_class[labels]).sum())
    golden.write()


def fixed_gradients():
    gradients = normal(10, STEPS, 2, 3)
    # one element without any gradient, one that has none at the first step, and a wide range of sizes
    gradients[:, 0, 0] = 0
    gradients[0, 0, 1] = 0
    gradients[:, 1, 1] *= 1e-3
    gradients[:, 1, 2] *= 30
    return gradients


def optimizers():
    golden = Golden("optimizers")
    initial, gradients = normal(9, 2, 3), fixed_gradients()
    golden.add("initial", initial)
    golden.add("gradients", gradients)
    optim = torch.optim
    cases = {
        "sgd": lambda p: optim.SGD(p, lr=0.1, foreach=False),
        "sgd-momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, foreach=False),
        "sgd-nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, foreach=False),
        "sgd-decay": lambda p: optim.SGD(p, lr=0.1, weight_decay=0.05, foreach=False),
        "sgd-nesterov-decay": lambda p: optim.SGD(
            p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.05, foreach=False
        ),
        "sgd-dampening": lambda p: optim.SGD(
            p, lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.05, foreach=False
        ),
        "adam": lambda p: optim.Adam(p, lr=0.05, foreach=False),
        "adam-amsgrad": lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.5), amsgrad=True, foreach=False),
        "adamw-amsgrad": lambda p: optim.AdamW(
            p, lr=0.05, betas=(0.8, 0.5), weight_decay=0.1, amsgrad=True, foreach=False
        ),
        "adam-decay": lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1, foreach=False),
        "adamw": lambda p: optim.AdamW(p, lr=0.05, foreach=False),
        "adamw-decay": lambda p: optim.AdamW(p, lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.2, foreach=False),
        "nadam": lambda p: optim.NAdam(p, lr=0.05, foreach=False),
        "nadam-decay": lambda p: optim.NAdam(
            p, lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1, momentum_decay=0.5, foreach=False
        ),
        "nadamw": lambda p: optim.NAdam(p, lr=0.05, weight_decay=0.01, decoupled_weight_decay=True, foreach=False),
        "nadamw-decay": lambda p: optim.NAdam(
            p,
            lr=0.05,
            betas=(0.8, 0.95),
            eps=1e-6,
            weight_decay=0.2,
            momentum_decay=0.5,
            decoupled_weight_decay=True,
            foreach=False,
        ),
        "rmsprop": lambda p: optim.RMSprop(p, lr=0.01, foreach=False),
        "rmsprop-momentum": lambda p: optim.RMSprop(
            p, lr=0.01, alpha=0.9, eps=1e-6, weight_decay=0.05, momentum=0.9, foreach=False
        ),
        "rmsprop-centred": lambda p: optim.RMSprop(p, lr=0.01, alpha=0.9, centered=True, foreach=False),
        "rmsprop-centred-momentum": lambda p: optim.RMSprop(
            p, lr=0.01, alpha=0.8, eps=1e-6, weight_decay=0.05, momentum=0.9, centered=True, foreach=False
        ),
        "adagrad-initial": lambda p: optim.Adagrad(p, lr=0.1, initial_accumulator_value=0.5, foreach=False),
        "adagrad": lambda p: optim.Adagrad(p, lr=0.1, foreach=False),
        "adagrad-decay": lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.1, weight_decay=0.05, eps=1e-6, foreach=False),
    }
    for name, make in cases.items():
        w = initial.clone().requires_grad_()
        optimizer = make([w])
        history = {"weight": []}
        for gradient in gradients:
            w.grad = gradient.clone()
            optimizer.step()
            history["weight"].append(w.detach().clone())
            for state, value in optimizer.state[w].items():
                if state != "step" and value is not None:
                    history.setdefault(state, []).append(value.clone())
        for part, tensors in history.items():
            golden.add(f"{name}.{part}", torch.stack(tensors))
    golden.write()


def penalties():
    """l1 * sum|w| + l2 * sum(w^2) of the weights, not the biases, in the loss; then clip_grad_value_; then SGD."""
    golden = Golden("penalties")
    initial_w, initial_b = normal(9, 2, 3), normal(11, 2)
    initial_w[0, 2] = 0  # where |w| has no derivative
    gradients_w, gradients_b = normal(12, STEPS, 2, 3), normal(13, STEPS, 2)
    for name, t in [
        ("initial.weight", initial_w),
        ("initial.bias", initial_b),
        ("gradients.weight", gradients_w),
        ("gradients.bias", gradients_b),
    ]:
        golden.add(name, t)
    for name, l1, l2, clip in [
        ("l1", 0.3, 0, None),
        ("l2", 0, 0.2, None),
        ("clip", 0, 0, 0.5),
        ("all", 0.3, 0.2, 0.5),
    ]:
        w, b = initial_w.clone().requires_grad_(), initial_b.clone().requires_grad_()
        optimizer = torch.optim.SGD([w, b], lr=0.1, momentum=0.9, weight_decay=0.05, foreach=False)
        weights, biases = [], []
        for gradient_w, gradient_b in zip(gradients_w, gradients_b):
            optimizer.zero_grad()
            loss = (w * gradient_w).sum() + (b * gradient_b).sum() + l1 * w.abs().sum() + l2 * (w * w).sum()
            loss.backward()
            if clip is not None:
                torch.nn.utils.clip_grad_value_([w, b], clip)
            optimizer.step()
            weights.append(w.detach().clone())
            biases.append(b.detach().clone())
        golden.add(name + ".weight", torch.stack(weights))
        golden.add(name + ".bias", torch.stack(biases))
    golden.write()


def learning_rates():
    golden = Golden("learning-rates")
    s = torch.optim.lr_scheduler

    def cosine(o):
        return s.CosineAnnealingLR(o, T_max=10, eta_min=0.1)

    def warm_up(o):
        # reaches 1 one unit before its end: the factor is (t + 1) / 4
        return s.LinearLR(o, start_factor=1 / 4, end_factor=1, total_iters=3)

    cases = {
        "step": (12, lambda o: s.StepLR(o, step_size=3, gamma=0.5)),
        "exponential": (12, lambda o: s.ExponentialLR(o, gamma=0.9)),
        # PyTorch's cosine rises again after T_max, ours stays: compared up to there
        "cosine": (11, cosine),
        "cosine-restarts": (17, lambda o: s.CosineAnnealingWarmRestarts(o, T_0=4, eta_min=0.1)),
        "cosine-restarts-growing": (33, lambda o: s.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2, eta_min=0.1)),
        "warm-up": (8, warm_up),
        "warm-up-step": (
            16,
            lambda o: s.SequentialLR(o, [warm_up(o), s.StepLR(o, step_size=3, gamma=0.5)], milestones=[4]),
        ),
        "warm-up-cosine": (15, lambda o: s.SequentialLR(o, [warm_up(o), cosine(o)], milestones=[4])),
    }
    for name, (length, make) in cases.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        schedule = make(optimizer)
        factors = []
        for _ in range(length):
            factors.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        golden.add(name, torch.tensor(factors, dtype=torch.float64))
    golden.write()


def one_cycle():
    """Rates as factors on max_lr, and momenta, for each step of a cycle; weights of SGD and Adam under one."""
    golden = Golden("one-cycle")
    for name, options in [
        ("plain", dict(total_steps=20)),
        ("linear", dict(total_steps=17, pct_start=0.4, anneal_strategy="linear", div_factor=10, final_div_factor=100)),
        ("three-phase", dict(total_steps=20, three_phase=True)),
        ("three-phase-linear", dict(total_steps=30, pct_start=0.25, three_phase=True, anneal_strategy="linear")),
    ]:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1, momentum=0.9)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1, **options)
        rates, momenta = [], []
        for step in range(options["total_steps"]):
            rates.append(optimizer.param_groups[0]["lr"])
            momenta.append(optimizer.param_groups[0]["momentum"])
            optimizer.step()
            if step + 1 < options["total_steps"]:
                schedule.step()
        golden.add(name + ".rate", torch.tensor(rates, dtype=torch.float64))
        golden.add(name + ".momentum", torch.tensor(momenta, dtype=torch.float64))
    initial, gradients = normal(9, 2, 3), normal(10, STEPS, 2, 3)
    golden.add("initial", initial)
    golden.add("gradients", gradients)
    for name, make in [
        ("sgd", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, foreach=False)),
        ("adamw", lambda p: torch.optim.AdamW(p, lr=0.1, foreach=False)),
    ]:
        p = initial.clone().requires_grad_()
        optimizer = make([p])
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=STEPS)
        weights = []
        for step, gradient in enumerate(gradients):
            p.grad = gradient.clone()
            optimizer.step()
            weights.append(p.detach().clone())
            if step + 1 < STEPS:
                schedule.step()
        golden.add(name + ".weights", torch.stack(weights))
    golden.write()


def plateau():
    """The rate after each epoch, for losses that fall, stall, become NaN and fall again."""
    golden = Golden("plateau")
    nan = float("nan")
    losses = [5, 4, 3, 3, 3.0001, 2.99999, 3, nan, 3, 2, 2, 2, 2, 2, 2, 2, 1.9, 1.9, 1.9, 1.9, 1.9, 1.9, 1.9, 1.9, 1.9]
    golden.add("losses", torch.tensor(losses, dtype=torch.float64))
    for name, options in [
        ("usual", dict()),
        ("patient", dict(patience=2, factor=0.5)),
        ("absolute", dict(patience=1, factor=0.5, threshold=0.2, threshold_mode="abs")),
        ("cooling", dict(patience=1, factor=0.5, cooldown=3)),
        ("floor", dict(patience=0, factor=0.5, min_lr=0.01)),
        ("eps", dict(patience=0, factor=0.5, eps=0.02)),
    ]:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        rates = []
        for loss in losses:
            schedule.step(loss)
            rates.append(optimizer.param_groups[0]["lr"])
        golden.add(name, torch.tensor(rates, dtype=torch.float64))
    golden.write()


def decay_groups():
    """Weight decay for the matrix alone: two parameter groups."""
    golden = Golden("decay-groups")
    w0, b0 = normal(9, 2, 3), normal(11, 2)
    gradients_w, gradients_b = normal(12, STEPS, 2, 3), normal(13, STEPS, 2)
    for name, t in [("initial.weight", w0), ("initial.bias", b0), ("gradients.weight", gradients_w), ("gradients.bias", gradients_b)]:
        golden.add(name, t)
    optim = torch.optim
    for name, make in [
        ("sgd", lambda g: optim.SGD(g, lr=0.1, momentum=0.9, nesterov=True, foreach=False)),
        ("adam", lambda g: optim.Adam(g, lr=0.05, foreach=False)),
        ("adamw", lambda g: optim.AdamW(g, lr=0.05, foreach=False)),
        ("nadam", lambda g: optim.NAdam(g, lr=0.05, foreach=False)),
        ("rmsprop", lambda g: optim.RMSprop(g, lr=0.01, foreach=False)),
        ("adagrad", lambda g: optim.Adagrad(g, lr=0.1, foreach=False)),
    ]:
        w, b = w0.clone().requires_grad_(), b0.clone().requires_grad_()
        optimizer = make([{"params": [w], "weight_decay": 0.2}, {"params": [b], "weight_decay": 0}])
        for gradient_w, gradient_b in zip(gradients_w, gradients_b):
            w.grad, b.grad = gradient_w.clone(), gradient_b.clone()
            optimizer.step()
        golden.add(name + ".weight", w)
        golden.add(name + ".bias", b)
    golden.write()


def parameter_groups():
    """Four parameters: two matrices, a bias and a matrix that is not trained, in groups with learning rates and weight
    decays of their own, under a schedule that multiplies all rates; and the same with clip_grad_norm_."""
    golden = Golden("parameter-groups")
    sizes = [(2, 3), (3,), (3, 2), (2, 2)]
    initial = [normal(20 + i, *size) for i, size in enumerate(sizes)]
    gradients = [normal(30 + i, STEPS, *size) for i, size in enumerate(sizes)]
    for i, (values, slopes) in enumerate(zip(initial, gradients)):
        golden.add(f"initial.{i}", values)
        golden.add(f"gradients.{i}", slopes)
    optim = torch.optim
    for name, lr, make in [
        ("sgd", 0.1, lambda g: optim.SGD(g, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.2, foreach=False)),
        ("adam", 0.05, lambda g: optim.Adam(g, lr=0.05, weight_decay=0.2, foreach=False)),
        ("adamw", 0.05, lambda g: optim.AdamW(g, lr=0.05, weight_decay=0.2, foreach=False)),
        ("nadam", 0.05, lambda g: optim.NAdam(g, lr=0.05, weight_decay=0.2, foreach=False)),
        ("rmsprop", 0.01, lambda g: optim.RMSprop(g, lr=0.01, weight_decay=0.2, foreach=False)),
        ("adagrad", 0.1, lambda g: optim.Adagrad(g, lr=0.1, weight_decay=0.2, foreach=False)),
    ]:
        for clipped in (False, True):
            weights = [values.clone().requires_grad_(i < 3) for i, values in enumerate(initial)]
            optimizer = make(
                [
                    {"params": [weights[0]]},
                    {"params": [weights[1]], "lr": 0.5 * lr, "weight_decay": 0},
                    {"params": [weights[2]], "lr": 0.1 * lr, "weight_decay": 0.7},
                ]
            )
            schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
            for step in range(STEPS):
                for weight, slopes in zip(weights[:3], gradients):
                    weight.grad = slopes[step].clone()
                if clipped:
                    torch.nn.utils.clip_grad_norm_(weights, 1.5)
                optimizer.step()
                schedule.step()
            for i, weight in enumerate(weights):
                golden.add(f"{name}{'.clipped' if clipped else ''}.{i}", weight)
    golden.write()


def clip_norm():
    """clip_grad_norm_ over a matrix and a bias, then SGD; and the norms that it returns."""
    golden = Golden("clip-norm")
    w0, b0 = normal(9, 2, 3), normal(11, 2)
    gradients_w, gradients_b = normal(12, STEPS, 2, 3), normal(13, STEPS, 2)
    for name, t in [("initial.weight", w0), ("initial.bias", b0), ("gradients.weight", gradients_w), ("gradients.bias", gradients_b)]:
        golden.add(name, t)
    w, b = w0.clone().requires_grad_(), b0.clone().requires_grad_()
    optimizer = torch.optim.SGD([w, b], lr=0.1, momentum=0.9, foreach=False)
    norms = []
    for gradient_w, gradient_b in zip(gradients_w, gradients_b):
        w.grad, b.grad = gradient_w.clone(), gradient_b.clone()
        # about the middle of the norms, so that some steps are clipped and some are not
        norms.append(torch.nn.utils.clip_grad_norm_([w, b], 2.7))
        optimizer.step()
    golden.add("norms", torch.stack(norms))
    golden.add("weight", w)
    golden.add("bias", b)
    golden.write()


def penalty(matrices, l1, l2):
    """What Millrace's l1 and l2 stand for: a part of the loss, of matrices alone."""
    return sum(l1 * w.abs().sum() + l2 * w.square().sum() for w in matrices)


def clip_norm_with_penalties():
    """clip_grad_norm_ where penalties are a part of the loss: the norm is that of the whole gradient."""
    golden = Golden("clip-norm-penalties")
    w0, b0 = normal(9, 2, 3), normal(11, 2)
    gradients_w, gradients_b = normal(12, STEPS, 2, 3), normal(13, STEPS, 2)
    for name, t in [("initial.weight", w0), ("initial.bias", b0), ("gradients.weight", gradients_w), ("gradients.bias", gradients_b)]:
        golden.add(name, t)
    w, b = w0.clone().requires_grad_(), b0.clone().requires_grad_()
    optimizer = torch.optim.SGD([w, b], lr=0.1, momentum=0.9, foreach=False)
    norms = []
    for gradient_w, gradient_b in zip(gradients_w, gradients_b):
        optimizer.zero_grad()
        ((w * gradient_w).sum() + (b * gradient_b).sum() + penalty([w], 0.5, 0.75)).backward()
        norms.append(torch.nn.utils.clip_grad_norm_([w, b], 2.7))
        optimizer.step()
    golden.add("norms", torch.stack(norms))
    golden.add("weight", w)
    golden.add("bias", b)
    golden.write()


def tied_embedding():
    tied_embedding_of("tied-embedding", 0, 0)
    tied_embedding_of("tied-embedding-penalties", 0.01, 0.02)


def tied_embedding_of(name, l1, l2):
    """An output layer whose weight is the embedding's: losses, gradients and weights of three clipped steps."""
    golden = Golden(name)
    vocabulary, width, context, samples = 7, 5, 4, 6
    embedding, hidden, output = (
        torch.nn.Embedding(vocabulary, width),
        torch.nn.Linear(width, width),
        torch.nn.Linear(width, vocabulary),
    )
    output.weight = embedding.weight
    model = torch.nn.Sequential(embedding, hidden, torch.nn.Tanh(), output)
    with torch.no_grad():
        for seed, parameter in enumerate(model.parameters()):
            parameter.copy_(normal(30 + seed, *parameter.shape))
    generator = torch.Generator().manual_seed(40)
    tokens = torch.randint(vocabulary, (samples, context), generator=generator)
    targets = torch.randint(vocabulary, (samples, context), generator=generator)
    golden.add("tokens", tokens)
    golden.add("targets", targets)
    for name, t in model.state_dict().items():
        golden.add("initial." + name, t)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.05, weight_decay=0.1, foreach=False)
    for step in range(3):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(tokens).reshape(-1, vocabulary), targets.reshape(-1))
        (loss + penalty([embedding.weight, hidden.weight], l1, l2)).backward()
        golden.add(f"{step}.loss", loss)
        golden.add(f"{step}.gradient", embedding.weight.grad)
        # below all norms here, so that every step is clipped
        golden.add(f"{step}.norm", torch.nn.utils.clip_grad_norm_(model.parameters(), 0.3))
        optimizer.step()
        for name, t in model.state_dict().items():
            golden.add(f"{step}.{name}", t)
    golden.write()


if __name__ == "__main__":
    torch.set_num_threads(1)
    for make in (
        dense, sequence_layers, image_layers, transformer_block, activations, losses, position_losses, sample_weights,
        optimizers, penalties,
        learning_rates, one_cycle, plateau, decay_groups, parameter_groups, clip_norm, clip_norm_with_penalties,
        tied_embedding,
    ):
        make()
