"""moto's server for the tests of this repository: one request at a time.

Usage: moto_server.py PORTFILE ADDRESS

It listens on a free port of the address, and writes the port to a file when it can
be asked. GET /lambda-port?PORT says where the functions are that the state machines
call: a server of the Lambda API on that port of this machine. moto locks nothing, so that two requests at the same time could tear a
transaction apart, which no real service does; here a lock stands before it.
"""

import copy
import os
import sys
import threading
import types

from moto.dynamodb import models
from moto.dynamodb.models.table import Table
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


def snapshot(value):
    """Copy what a transaction may have to restore.

    moto copies the whole table, each item included, before every transaction. A
    put replaces an item and never changes one, so the dictionaries suffice.
    """
    if not isinstance(value, Table):
        return copy.deepcopy(value)
    table = copy.copy(value)
    table.items = copy.copy(value.items)
    for partition, items in value.items.items():
        table.items[partition] = copy.copy(items)
    return table


models.copy = types.SimpleNamespace(copy=copy.copy, deepcopy=snapshot)


class OneAtATime:
    def __init__(self, app):
        self.app = app
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/lambda-port":
            # Where tasks of a state machine are sent: moto takes that for its own port.
            os.environ["MOTO_PORT"] = environ["QUERY_STRING"]
            start_response("204 No Content", [])
            return []
        with self.lock:
            return list(self.app(environ, start_response))


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept

    def log_request(self, *_):
        pass


app = OneAtATime(DomainDispatcherApplication(create_backend_app))
server = make_server(sys.argv[2], 0, app, threaded=True, request_handler=Quiet)
with open(sys.argv[1] + ".new", "w", encoding="ascii") as file:
    file.write(str(server.port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
