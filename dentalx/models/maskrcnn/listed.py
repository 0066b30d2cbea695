"""The list of tensors in a PyTorch file, read by a stack machine that knows what such lists need and nothing else.

https://docs.python.org/3/library/pickletools.html describes the instructions. No unpickler is at work: nothing is
imported, called or looked up but the three functions that `read_list` is given, and a dictionary's keys are texts.
"""

import pickletools
from collections.abc import Callable, Mapping
from typing import Any

_MARK = object()
_CONSTANTS: Mapping[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_PLAIN = {"BINUNICODE", "SHORT_BINUNICODE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"}
_EMPTY: Mapping[str, Callable[[], Any]] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class Named:
    """A module's name and one in it, which is all that is made of them."""

    def __init__(self, module: str, name: str) -> None:
        """As the list says them."""
        self.full = f"{module}.{name}"


def read_list(data: bytes, called: Mapping[str, Callable[..., Any]], referred: Callable[[Any], Any]) -> Any:
    """What a pickle of texts, numbers, tuples, lists, dictionaries and tensors holds.

    Args:
        data: the pickle.
        called: by full name, what may be called.
        referred: given the tuple by which the pickle refers to something outside of it, the thing.

    Raises:
        ValueError: an instruction or a name that no list of tensors needs, or a list that makes no sense.
    """
    machine = _Machine(called, referred)
    try:
        for instruction, argument, _ in pickletools.genops(data):
            machine.step(instruction.name, argument)
        (found,) = machine.stack
    except (IndexError, KeyError, AttributeError, TypeError) as error:
        raise ValueError("its list of tensors is damaged; fetch it again") from error
    return found


class _Machine:
    def __init__(self, called: Mapping[str, Callable[..., Any]], referred: Callable[[Any], Any]) -> None:
        self.stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._called, self._referred = called, referred

    def step(self, name: str, argument: Any) -> None:
        stack = self.stack
        if name in _PLAIN:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            stack.append(_EMPTY[name]())
        elif name in ("BINPUT", "LONG_BINPUT", "MEMOIZE"):
            self._memo[len(self._memo) if name == "MEMOIZE" else argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(self._memo[argument])
        elif name == "MARK":
            stack.append(_MARK)
        elif name == "GLOBAL":
            stack.append(self._named(*argument.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            names = stack[-2:]
            stack[-2:] = [self._named(*names)]
        elif name == "TUPLE":
            stack.append(tuple(self._since_mark()))
        elif name in _TUPLES:
            stack[-_TUPLES[name] :] = [tuple(stack[-_TUPLES[name] :])]
        else:
            self._combine(name)

    def _combine(self, name: str) -> None:
        stack = self.stack
        if name == "REDUCE":
            given = stack.pop()
            stack.append(self._called[stack.pop().full](*given))
        elif name == "BINPERSID":
            stack.append(self._referred(stack.pop()))
        elif name in ("SETITEM", "SETITEMS"):
            items = [stack.pop(-2), stack.pop()] if name == "SETITEM" else self._since_mark()
            if not all(isinstance(key, str) for key in items[::2]):
                raise ValueError("it holds something that has no name")
            _as(dict, stack[-1]).update(zip(items[::2], items[1::2], strict=True))
        elif name in ("APPEND", "APPENDS"):
            items = [stack.pop()] if name == "APPEND" else self._since_mark()
            _as(list, stack[-1]).extend(items)
        elif name == "BUILD":  # remarks on a dictionary
            stack.pop()
            _as(dict, stack[-1])
        elif name not in ("PROTO", "FRAME", "STOP"):
            raise ValueError(f"it has an instruction {name}, which no list of tensors needs")

    def _named(self, module: str, name: str) -> Named:
        named = Named(module, name)
        if named.full not in self._called:
            raise ValueError(f"it asks for {named.full}, which is no tensor"[:120])
        return named

    def _since_mark(self) -> list[Any]:
        place = next(i for i in reversed(range(len(self.stack))) if self.stack[i] is _MARK)
        found = self.stack[place + 1 :]
        del self.stack[place:]
        return found


def _as(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"expected a {kind.__name__}")
    return value
