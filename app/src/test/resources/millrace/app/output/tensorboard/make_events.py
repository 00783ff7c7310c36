"""Writes events.golden beside this script with TensorBoard's own classes: what EventFileTest expects of ours, byte by byte.

Usage:  python make_events.py        (needs tensorboard; the file here was written with 2.21.0)
"""

from pathlib import Path

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

START = 1_700_000_000.25


def events():
    yield event_pb2.Event(wall_time=START, file_version="brain.Event:2")
    yield event_pb2.Event(
        wall_time=START + 1,
        step=31,
        session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START),
    )
    for step, tag, number in [(1, "train/loss", 2.302585), (300, "train/lr", 0.0), (70_000, "größe", -1e-8)]:
        value = summary_pb2.Summary.Value(tag=tag, simple_value=number)
        yield event_pb2.Event(wall_time=START + 2, step=step, summary=summary_pb2.Summary(value=[value]))
    histogram = summary_pb2.HistogramProto(
        min=-1.5, max=2.5, num=4, sum=0.0, sum_squares=9.75, bucket_limit=[-0.5, 0.5, 2.5], bucket=[2, 0, 2]
    )
    value = summary_pb2.Summary.Value(tag="weights/0.weight", histo=histogram)
    yield event_pb2.Event(wall_time=START + 3, step=938, summary=summary_pb2.Summary(value=[value]))


with open(Path(__file__).with_name("events.golden"), "wb") as file:
    writer = RecordWriter(file)
    for event in events():
        writer.write(event.SerializeToString(deterministic=True))
    writer.flush()
