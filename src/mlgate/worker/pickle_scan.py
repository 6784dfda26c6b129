"""A walk through a pickle or joblib file that follows every instruction and carries out none."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any, BinaryIO, ClassVar

from .pickle_arrays import dtype_size, has_objects
from .pickle_read import Malformed, Reader, Report, python3_name
from .pickle_rules import Name, Rules, Thing, why_refused

MAX_DEPTH = 100  # of tuples within tuples: hashing deeper ones overflows the C stack
KEEP_BYTES = 1 << 20  # arrays up to this size are kept, for class labels and column names
WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
GROWING = frozenset(
    {"collections.OrderedDict", "collections.defaultdict", "collections.deque", "sklearn.utils._bunch.Bunch"}
)
DAMAGE = (
    pickle.UnpicklingError, ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError,
)  # fmt: skip


def starts_like_a_pickle(file: BinaryIO) -> bool:
    head = file.read(2)
    file.seek(0)
    return len(head) == 2 and ((head[0] == 0x80 and head[1] <= 5) or head[:1] in (b"c", b"(", b"]", b"}"))


def scan(file: BinaryIO, rules: Rules, report: Report) -> Any:
    """The inert stand-in of the object in the file; raises Malformed, and fills the report with what is refused."""
    reader = Reader(file)
    scanner = Scanner(reader, rules, report)
    root = scanner.load()
    frame = scanner._unframer.current_frame  # type: ignore[attr-defined]
    if reader.remaining() or (frame is not None and frame.read(1)):
        report.refuse("trailing bytes", "something follows the model, which a second load would read")
    return root


class Scanner(pickle._Unpickler):
    """Python's own unpickler, so that frames, memo and marks mean what they will on loading; but nothing is made."""

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = dict(pickle._Unpickler.dispatch)
    stack: list[Any]
    proto: int
    append: Callable[[Any], None]
    read: Callable[[int], bytes]

    def __init__(self, reader: Reader, rules: Rules, report: Report, nested: bool = False) -> None:
        super().__init__(reader)
        self.reader, self.rules, self.report, self.nested = reader, rules, report, nested

    def load(self) -> Any:
        """The inert stand-in of what the file holds; raises Malformed."""
        try:
            return super().load()
        except Malformed:
            raise
        except EOFError as error:
            raise Malformed("the file is cut short (truncated)") from error
        except DAMAGE as error:
            raise Malformed(f"not a pickle: {type(error).__name__}: {error}"[:200]) from error

    def find_class(self, module: str, name: str) -> Name:
        full = ".".join(python3_name(self.proto, module, name))
        if "." in name and full not in self.rules.trusted:
            self.report.refuse(full, "reached through another object, which hides what it is", called=True)
        elif not self.rules.knows(full):
            self.report.refuse(full, why_refused(full))
        elif self.nested and full == WRAPPER:
            self.report.refuse(full, "a joblib array inside another array")
        return Name(full)

    def get_extension(self, code: int) -> None:
        self.report.refuse("copyreg extension", "stands for a name that the file does not show")
        self.append(Name("copyreg extension"))

    def persistent_load(self, pid: Any) -> Thing:
        self.report.refuse("persistent id", "stands for an object outside the file")
        return Thing("persistent id")

    def call(self, function: Any, args: Any) -> Thing | bytes:
        if not isinstance(function, Name) or not isinstance(args, tuple):
            self.report.refuse("call of a value", "the file calls something that it made itself")
            return Thing("unknown")
        if self.rules.knows(function.full) and not self.rules.may_call(function.full):
            self.report.refuse(f"{function.full}(…)", "may be stored in a model, but the file calls it")
        elif not self.rules.knows(function.full):
            self.report.refuse(function.full, why_refused(function.full), called=True)
        else:
            self.check_arguments(function.full, args)
        if function.full == "_codecs.encode" and args and isinstance(args[0], str):
            return args[0].encode("latin-1", "replace")  # how older protocols write bytes
        return self.result(function.full, args)

    def result(self, function: str, args: tuple[Any, ...]) -> Thing:
        """What the call would return, as far as the walk depends on it: arrays, and instances of the first argument."""
        if function.endswith("multiarray._reconstruct"):
            return self.made("numpy.ndarray")
        if function.endswith("numeric._frombuffer") and len(args) >= 3:
            array = self.made("numpy.ndarray", (args[1], args[2]))
            array.built, array.payload = (
                True,
                args[0].args[0] if isinstance(args[0], Thing) and args[0].args else args[0],
            )
            return array
        if function.endswith(("._reconstructor", ".newObj", "._mareconstruct")) and args and isinstance(args[0], Name):
            return self.made(args[0].full)
        return self.made(function, args)

    def check_arguments(self, name: str, args: tuple[Any, ...]) -> None:
        try:
            plain = self.rules.arguments_are_plain(name, args)
        except (TypeError, IndexError, AttributeError):
            plain = False
        if not plain:
            self.report.refuse(f"{name}(…)", "called with arguments that no model uses")

    def made(self, kind: str, args: tuple[Any, ...] = ()) -> Thing:
        thing = Thing(kind, args)
        self.report.things.append(thing)
        return thing

    def instance(self, cls: Any, args: Any, keywords: Any = None) -> Thing:
        if not isinstance(cls, Name):
            self.report.refuse("instance of a value", "the file makes an instance of something that it made itself")
            return Thing("unknown")
        if (args != () or keywords) and cls.full not in self.rules.trusted and self.rules.knows(cls.full):
            self.report.refuse(f"{cls.full}(…)", "made with arguments, which a stored model does not need")
        return self.made(cls.full)

    def reduce(self) -> None:
        args = self.stack.pop()
        self.stack[-1] = self.call(self.stack[-1], args)

    def newobj(self) -> None:
        args = self.stack.pop()
        self.append(self.instance(self.stack.pop(), args))

    def newobj_ex(self) -> None:
        keywords, args = self.stack.pop(), self.stack.pop()
        self.append(self.instance(self.stack.pop(), args, keywords))

    def _instantiate(self, klass: Any, args: Any) -> None:
        self.append(self.call(klass, tuple(args)))

    def build(self) -> None:
        state, thing = self.stack.pop(), self.stack[-1]
        if not isinstance(thing, Thing):  # a class or a list: setting its attributes would change it for everyone
            self.report.refuse("state of a class", "the file changes something that it does not own")
        elif thing.built:
            self.report.refuse(f"second state of {thing.kind}", "no pickler writes it, and it can corrupt memory")
        else:
            thing.built, thing.state = True, state
            self.check_state(thing, state)
            if thing.kind == WRAPPER:
                self.stack[-1] = self.read_array(thing)

    def check_state(self, thing: Thing, state: Any) -> None:
        """Refuse states that numpy would believe and then read bytes as pointers, and those that replace methods."""
        if thing.kind == "numpy.dtype" and dtype_size(thing) is None:
            self.report.refuse("array type", "its description contradicts itself, which can corrupt memory")
        elif thing.kind == "numpy.ndarray" or thing.kind.startswith("numpy.ma."):
            if not isinstance(state, tuple) or len(state) < 5 or dtype_size(state[2]) is None:
                self.report.refuse("array without a type", "no pickler writes it, and it can corrupt memory")
            else:
                thing.args, thing.payload = (state[2], state[1]), state[4]
        elif thing.kind == "functools.partial" and (not isinstance(state, tuple) or state[:1] != thing.args[:1]):
            self.report.refuse("functools.partial(…)", "its function is replaced")
        elif (
            isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict) and any(map(_dunder, state[1]))
        ):
            self.report.refuse(f"attributes of {thing.kind}", "the file replaces the object's own workings")

    def read_array(self, wrapper: Thing) -> Thing:
        """Step over the bytes that joblib writes behind the description of an array."""
        frame = self._unframer.current_frame  # type: ignore[attr-defined]
        state = wrapper.state
        if not isinstance(state, dict) or self.nested or (frame is not None and frame.read(1)):
            raise Malformed("an array starts where joblib never writes one")
        dtype, shape = state.get("dtype"), state.get("shape")
        size = dtype_size(dtype) if isinstance(dtype, Thing) else None
        if not isinstance(dtype, Thing) or size is None or not isinstance(shape, tuple):
            raise Malformed("an array whose type or shape cannot be told")
        array = Thing("numpy.ndarray", (dtype, shape))
        array.built = self.report.arrays = True
        if has_objects(dtype):
            inner = Scanner(self.reader, self.rules, self.report, nested=True).load()
            array.payload = inner.payload if isinstance(inner, Thing) else None
            return array
        if state.get("numpy_array_alignment_bytes") is not None:
            self.reader.skip(self.reader.read(1)[0], keep=False)
        if not size or not all(isinstance(n, int) and n >= 0 for n in shape):
            raise Malformed("an array of no size")
        count = math.prod(shape) * size
        array.payload = self.reader.skip(count, keep=count <= KEEP_BYTES)
        return array

    def grow(self, items: list[Any], container: type) -> None:
        """Add to a list, dict or set; of other objects only to those that are containers and nothing else."""
        target = self.stack[-1]
        if isinstance(target, Thing) and (target.kind in GROWING or target.kind in self.rules.trusted):
            return
        if not isinstance(target, container):
            self.report.refuse("items of an object", "the file adds items to something that is no container")
        elif isinstance(target, dict):
            target.update(zip(items[::2], items[1::2]))
        elif isinstance(target, set):
            target.update(items)
        elif isinstance(target, list):
            target.extend(items)

    def nest(self, items: list[Any]) -> None:
        made = Nested(items)
        made.depth = 1 + max((item.depth for item in items if isinstance(item, Nested)), default=0)
        if made.depth > MAX_DEPTH:
            raise Malformed(f"tuples nested more than {MAX_DEPTH} deep")
        self.append(made)

    def bytearray8(self) -> None:
        count = int.from_bytes(self.read(8), "little")
        if count > self.reader.size:
            raise Malformed("the file is cut short (truncated)")
        self.append(bytearray(self.read(count)))

    def buffer(self) -> None:
        raise Malformed("it needs buffers that are stored elsewhere")

    def pop(self, count: int) -> list[Any]:
        items = self.stack[-count:]
        if len(items) < count:
            raise Malformed("not a pickle: it takes more values than it has made")
        del self.stack[-count:]
        return items


class Nested(tuple):  # type: ignore[type-arg]
    """A tuple that knows how deep it is."""

    depth: int


def _dunder(key: Any) -> bool:
    return not isinstance(key, str) or (key.startswith("__") and key.endswith("__"))


Scanner.dispatch.update(
    {
        pickle.REDUCE[0]: Scanner.reduce,
        pickle.NEWOBJ[0]: Scanner.newobj,
        pickle.NEWOBJ_EX[0]: Scanner.newobj_ex,
        pickle.BUILD[0]: Scanner.build,
        pickle.BYTEARRAY8[0]: Scanner.bytearray8,
        pickle.NEXT_BUFFER[0]: Scanner.buffer,
        pickle.READONLY_BUFFER[0]: Scanner.buffer,
        pickle.TUPLE[0]: lambda scan: scan.nest(scan.pop_mark()),
        pickle.EMPTY_TUPLE[0]: lambda scan: scan.nest([]),
        pickle.TUPLE1[0]: lambda scan: scan.nest(scan.pop(1)),
        pickle.TUPLE2[0]: lambda scan: scan.nest(scan.pop(2)),
        pickle.TUPLE3[0]: lambda scan: scan.nest(scan.pop(3)),
        pickle.APPEND[0]: lambda scan: scan.grow(scan.pop(1), list),
        pickle.APPENDS[0]: lambda scan: scan.grow(scan.pop_mark(), list),
        pickle.SETITEM[0]: lambda scan: scan.grow(scan.pop(2), dict),
        pickle.SETITEMS[0]: lambda scan: scan.grow(scan.pop_mark(), dict),
        pickle.ADDITEMS[0]: lambda scan: scan.grow(scan.pop_mark(), set),
    }
)
