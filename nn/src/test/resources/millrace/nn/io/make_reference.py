"""Makes reference.safetensors and prints the digest that WeightsDigestTest expects. Standard library only.

The header differs from what Millrace writes wherever the format lets it: escapes, blanks, metadata behind the
tensors, tensors in another order than their bytes, keys of a tensor in another order.

    python3 make_reference.py
"""

import hashlib
import json
import pathlib
import struct

INF = 0x7F800000


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


payload = {
    "0.weight": floats(1.5, -2.25, 3.0e-39, 4.0e38 / 2, 0.1, -0.0),
    "0.bias": struct.pack("<4I", INF, INF | 1 << 31, 0x7FC01234, 0xFFA00001),
    "labels": struct.pack("<3i", 7, -1, -(2**31)),
    "scalar": floats(42.0),
    "empty": b"",
}
place, begin = {}, 0
for name, data in payload.items():
    place[name] = [begin, begin + len(data)]
    begin += len(data)

header = {
    "labels": {"dtype": "I32", "shape": [3], "data_offsets": place["labels"]},
    "0.weight": {"shape": [2, 3], "dtype": "F32", "data_offsets": place["0.weight"]},
    "0.bias": {"data_offsets": place["0.bias"], "dtype": "F32", "shape": [4]},
    "empty": {"dtype": "F32", "shape": [0, 5], "data_offsets": place["empty"]},
    "scalar": {"dtype": "F32", "shape": [], "data_offsets": place["scalar"]},
    "__metadata__": {"format": "pt", "größe": "naïve \"quoted\" \\ \n\t\x01 \U0001F686 漢"},
}
text = json.dumps(header, indent=1).encode("ascii")
text += b" " * (-len(text) % 8)
path = pathlib.Path(__file__).with_name("reference.safetensors")
path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(payload.values()))

print("0.weight, 0.bias:", hashlib.sha256(payload["0.weight"] + payload["0.bias"]).hexdigest())
ramp = struct.pack("<1000f", *(i / 8 - 50 for i in range(1000)))
print("ramp of 1000:    ", hashlib.sha256(ramp).hexdigest())
print("nothing:         ", hashlib.sha256(b"").hexdigest())
