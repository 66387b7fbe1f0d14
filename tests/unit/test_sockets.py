"""No socket is left for Python to find: a warning about one fails whatever test runs by then."""

import gc
import socket
import warnings

from kafka.net.inet import create_connection
from kafka.net.selector import NetworkSelector


def test_a_client_of_kafka_closed_while_it_connects_leaves_no_open_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", ResourceWarning)
        net = NetworkSelector()
        net.call_soon(create_connection(net, *server.getsockname()))
        net.poll(timeout_ms=0)
        net.close()
        gc.collect()
    assert [str(each.message) for each in warned if each.category is ResourceWarning] == []
