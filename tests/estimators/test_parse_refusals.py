"""Texts that are no expressions are refused: nothing is evaluated, nothing hangs, nothing crashes."""

from __future__ import annotations

import builtins
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import citysample as cs
from citysample.estimators.functions.expressions import Expression

HOSTILE = {
    "empty": "",
    "blanks": "   ",
    "name": "x",
    "true": "True",
    "none": "None",
    "text": "'x'",
    "bytes": "b'x'",
    "complex": "1j * total(x)",
    "ellipsis": "...",
    "import": "__import__('os').system('true')",
    "attribute": "total(x).real",
    "attribute call": "total(x).__class__()",
    "column attribute": "total(x.y)",
    "method of a text": "'{}'.format(1)",
    "subscript": "total(x)[0]",
    "column subscript": "total(x[0])",
    "lambda": "lambda: 1",
    "lambda column": "total(lambda: 1)",
    "lambda call": "(lambda: total(x))()",
    "list": "[total(x)]",
    "tuple": "total(x), total(y)",
    "set": "{1}",
    "dict": "{'a': 1}",
    "list comprehension": "[total(x) for x in (1, 2)]",
    "generator": "total(x for x in (1, 2))",
    "condition": "total(x) if 1 else total(y)",
    "walrus": "(a := total(x))",
    "walrus column": "total(a := x)",
    "f-string": "total(f'{x}')",
    "f-string with a call": "f'{print(1)}'",
    "bytes column": "total(b'x')",
    "starred": "total(*x)",
    "two stars": "total(**x)",
    "keyword argument": "total(column=x)",
    "keyword besides": "total(x, level='a')",
    "keyword of log": "log(total(x), base=2)",
    "keyword after": "ratio(y, denominator=x)",
    "unknown function": "eval('1')",
    "builtin": "open('/etc/passwd')",
    "unknown estimator": "median(x)",
    "function without call": "log",
    "estimator without column": "total()",
    "two columns": "total(x, y)",
    "one column of a ratio": "ratio(y)",
    "three columns of a ratio": "ratio(y, x, z)",
    "three arguments of a proportion": "proportion(c, 'a', 'b')",
    "two arguments of log": "log(total(x), 2)",
    "no argument of log": "log()",
    "column of log": "log(x)",
    "number as column": "total(5)",
    "expression as column": "total(x + y)",
    "negative column": "total(-x)",
    "nested estimator": "total(mean(x))",
    "comparison": "total(x) < 1",
    "chain": "1 < total(x) < 2",
    "and": "total(x) and total(y)",
    "not": "not total(x)",
    "floor": "total(x) // 2",
    "modulo": "total(x) % 2",
    "matrix": "total(x) @ total(y)",
    "shift": "total(x) << 2",
    "bits": "total(x) | total(y)",
    "xor": "total(x) ^ 2",
    "tilde": "~total(x)",
    "plus sign": "+total(x)",
    "statement": "total(x); total(y)",
    "assignment": "a = total(x)",
    "two lines": "total(x)\ntotal(y)",
    "definition": "def f(): pass",
    "yield": "(yield)",
    "await": "await total(x)",
    "unclosed": "total(x",
    "unopened": "total(x))",
    "two operators": "total(x) * / 2",
    "no operator": "total(x) total(y)",
    "unclosed text": "total('x)",
    "null": "total(x)\x00",
    "surrogate": "total('\ud800')",
    "other comma": "ratio(y\uff0c x)",
    "typographic quotes": "total(\u2018x\u2019)",
    "infinity": "1e999 * total(x)",
    "huge number": "9" * 3000 + " * total(x)",
    "digits without end": "9" * 10_000,
    "bad escape": r"total('\d')",
    "number then name": "1if total(x) else 2",
    "deep parentheses": "(" * 1500 + "total(x)" + ")" * 1500,
    "deep functions": "log(" * 300 + "total(x)" + ")" * 300,
    "deep minus": "-" * 3900 + "total(x)",
    "deep power": "2**" * 1200 + "total(x)",
    "deep not": "not " * 900 + "1",
    "deep lists": "[" * 1900,
    "deep attributes": "a" + ".a" * 1900,
    "10 megabytes of text": "total(x) + " * 1_000_000 + "1",
    "10 megabytes of brackets": "(" * 10_000_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_are_refused_at_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a text was evaluated")

    with monkeypatch.context() as patch:
        for name in ("eval", "exec", "print", "open"):
            patch.setattr(builtins, name, forbidden)
        started = time.perf_counter()
        with pytest.raises(cs.EstimateError) as caught:
            cs.parse(text)
        seconds = time.perf_counter() - started
    assert caught.value.code == "EXPRESSION-INVALID"
    assert caught.value.remedy
    assert len(str(caught.value)) < 20_000
    assert seconds < 2.0


@pytest.mark.parametrize("value", [None, 5, b"total(x)", ["total(x)"], 1.5, object()])
def test_only_texts_are_read(value: Any) -> None:
    with pytest.raises(cs.EstimateError) as caught:
        cs.parse(value)
    assert caught.value.code == "EXPRESSION-INVALID"


MESSAGES = [
    ("totl(x)", ("'totl'", "Did you mean 'total'?", "where:")),
    ("total(x, y)", ("total() takes a column or label; 2 arguments",)),
    ("proportion()", ("proportion() takes a column or label; 0 arguments",)),
    ("log(total(x), 2)", ("log() takes one expression",)),
    ("total(x + y)", ("total() takes column names", "total(a) + total(b)")),
    ("total(x).real", ("'total(x).real' is not allowed here",)),
    ("2 * x", ("'x' is not allowed here",)),
    ("1e999 * total(x)", ("a number is too large",)),
    ("total(x", ("never closed",)),
    ("", ("cannot be read", "for example")),
]


@pytest.mark.parametrize(("text", "words"), MESSAGES, ids=[text or "empty" for text, _ in MESSAGES])
def test_messages_say_what_is_wrong(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(cs.EstimateError) as caught:
        cs.parse(text)
    assert [word for word in words if word not in str(caught.value)] == []


@given(st.text(max_size=40) | st.text("total(x)+-*/'\" ,1e.:=[]{}\\\n", max_size=30))
@settings(max_examples=400)
def test_any_text_is_an_expression_or_is_refused(text: str) -> None:
    try:
        found = cs.parse(text)
    except cs.EstimateError as error:
        assert error.code == "EXPRESSION-INVALID"  # noqa: PT017  on purpose
    else:
        assert isinstance(found, Expression)
        assert cs.parse(str(found)) == found
