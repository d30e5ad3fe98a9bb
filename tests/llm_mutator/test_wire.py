"""The deadline of a request whose connection comes late; the rest is `test_chat_client.py`'s."""

import socket

from llm_mutator.wire import Exchange


class Stream:
    """As much of a connection of httpcore as is used."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def get_extra_info(self, info: str) -> socket.socket:
        assert info == "socket"
        return self._connection


def test_cut__ends_a_connection_that_is_there_and_one_that_comes_later() -> None:
    for late in (False, True):
        here, there = socket.socketpair()
        with here, there:
            there.settimeout(10)
            exchange = Exchange()
            if late:
                exchange.cut()
            exchange.trace("connection.connect_tcp.complete", {"return_value": Stream(here)})
            if not late:
                here.sendall(b"x")
                assert there.recv(1) == b"x"
                exchange.cut()
            assert there.recv(1) == b""
            assert exchange.late


def test_cut__without_a_connection_or_with_a_closed_one_does_no_harm() -> None:
    exchange = Exchange()
    exchange.cut()
    here, there = socket.socketpair()
    there.close()
    exchange.trace("connection.start_tls.complete", {"return_value": Stream(here)})
    here.close()
    exchange.cut()
    assert exchange.late
