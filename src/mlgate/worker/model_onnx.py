"""An ONNX file's producer, inputs, class labels and outside files, read from its protocol buffer without onnx."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from .model_bytes import Unreadable, Unsafe

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MAX_DEPTH = 32  # of graphs within graphs


class OnnxFacts:
    """What an ONNX file says of itself."""

    def __init__(self) -> None:
        self.producer = self.producer_version = ""
        self.ir = 0
        self.opsets: dict[str, int] = {}
        self.inputs: list[str] = []
        self.stored: set[str] = set()
        self.labels: list[list[Any]] = []
        self.locations: list[str] = []


def fields(data: memoryview) -> Iterator[tuple[int, Any]]:
    """Each field's number and value: an int, or the bytes of a string or message."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        size = {FIXED64: 8, FIXED32: 4}.get(wire, 0)
        if wire == BYTES:
            size, at = _varint(data, at)
        elif not size:
            raise Unreadable("it is no ONNX file, or a damaged one")
        if at + size > len(data):
            raise Unreadable("it is cut short (truncated), or no ONNX file")
        yield number, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
    raise Unreadable("it is cut short (truncated), or no ONNX file")


def messages(data: Any, wanted: int) -> Iterator[memoryview]:
    return (value for number, value in fields(data) if number == wanted and isinstance(value, memoryview))


def text(value: Any) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, memoryview) else ""


def read(content: bytes) -> OnnxFacts:
    """Field numbers are those of onnx.proto3; raises Unreadable."""
    facts = OnnxFacts()
    data = memoryview(content)
    for number, value in fields(data):
        if number == 1 and isinstance(value, int):
            facts.ir = value
        elif number in (2, 3):
            setattr(facts, "producer" if number == 2 else "producer_version", text(value))
        elif number == 7 and isinstance(value, memoryview):
            _graph(value, facts, 0)
        elif number == 8 and isinstance(value, memoryview):
            opset = dict(fields(value))
            version = opset.get(2, 0)
            facts.opsets[text(opset.get(1)) or "ai.onnx"] = version if isinstance(version, int) else 0
        elif number == 25 and isinstance(value, memoryview):  # functions
            for node in messages(value, 7):
                _node(node, facts, 0)
    if not facts.ir or not facts.opsets:
        raise Unreadable("it is no ONNX file")
    return facts


def _graph(graph: memoryview, facts: OnnxFacts, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Unsafe("graphs", f"nested more than {MAX_DEPTH} deep")
    for number, value in fields(graph):
        if not isinstance(value, memoryview):
            continue
        if number == 1:
            _node(value, facts, depth)
        elif number == 5:
            facts.stored.add(_tensor(value, facts))
        elif number == 11 and not depth:
            facts.inputs.append(text(next(messages(value, 1), None)))
        elif number == 15:  # sparse tensors: values and indices
            for part in (*messages(value, 1), *messages(value, 2)):
                _tensor(part, facts)


def _node(node: memoryview, facts: OnnxFacts, depth: int) -> None:
    for attribute in messages(node, 5):
        name = text(next(messages(attribute, 1), None))
        if name.startswith("classlabels"):
            facts.labels.append(_labels(attribute))
        for number, value in fields(attribute):
            if isinstance(value, memoryview) and number in (5, 10):
                _tensor(value, facts)
            elif isinstance(value, memoryview) and number in (6, 11):
                _graph(value, facts, depth + 1)


def _labels(attribute: memoryview) -> list[Any]:
    labels: list[Any] = []
    for number, value in fields(attribute):
        if number == 9:
            labels.append(text(value))
        elif number == 8 and isinstance(value, int):
            labels.append(value)
        elif number == 8:
            at = 0
            while at < len(value):
                label, at = _varint(value, at)
                labels.append(label - (1 << 64) if label >> 63 else label)
    return labels


def _tensor(tensor: memoryview, facts: OnnxFacts) -> str:
    for entry in messages(tensor, 13):
        pair = {number: text(value) for number, value in fields(entry)}
        if pair.get(1) == "location":
            facts.locations.append(pair.get(2, ""))
    return text(next(messages(tensor, 8), None))


def check_locations(path: str, facts: OnnxFacts) -> None:
    """Raises Unsafe where weights are to be read from outside the model's own folder."""
    folder = Path(path).resolve().parent
    for location in facts.locations:
        inside = not PurePosixPath(location).is_absolute() and ".." not in location.replace("\\", "/").split("/")
        if not inside or folder not in (folder / location).resolve().parents:
            raise Unsafe(location or "external data", "weights outside the folder of the model")
