import pytest

from stacks import Stack


def test_stack_push_raises_overflow_error_for_hello():
    stack = Stack("hello")
    with pytest.raises(OverflowError, match="the stack is full"):
        stack.push("hello")


from stacks import Stack


def test_stack_push_changes_items_for_hello():
    stack = Stack()
    stack.push("hello")
    assert stack.items == ["hello"]
    assert stack.size == 1
    assert stack.top == "hello"


import pytest

from stacks import Empty, Stack


def test_stack_pop_raises_empty_when_no_items():
    stack = Stack()
    with pytest.raises(Empty, match="nothing to pop"):
        stack.pop()


from stacks import Stack


def test_stack_pop_returns_o_for_hello():
    stack = Stack("hello")
    assert stack.pop() == "o"
    assert stack.items == ["h", "e", "l", "l"]
    assert stack.size == 4
    assert stack.top == "l"


from stacks import Stack


def test_stack_contains_is_false_for_hello():
    stack = Stack()
    assert not ("hello" in stack)


from stacks import Stack


def test_stack_top_returns_o():
    stack = Stack("hello")
    assert stack.top == "o"


from stacks import Stack


def test_stack_of_returns_stack():
    result = Stack.of()
    assert isinstance(result, Stack)
    assert result.size == 0
    assert result.items == []
    assert result.top is None
