"""Run the moto server for the tests of this repository, one request at a time.

Usage: moto_server.py PORTFILE ADDRESS

The server listens on a free port of ADDRESS and writes the port to PORTFILE once it
is ready. GET /lambda-port?PORT names the port of this machine where a server of the
Lambda API runs the functions that state machines call.

moto does not lock, so two simultaneous requests could tear a transaction apart,
which the real service never does. A lock around moto prevents that.
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

    moto deep-copies the whole table before every transaction. A put replaces an item
    and never changes it, so copying the dictionaries is enough.
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
            # moto sends the tasks of a state machine to this port, which it takes for its own.
            os.environ["MOTO_PORT"] = environ["QUERY_STRING"]
            start_response("204 No Content", [])
            return []
        with self.lock:
            return list(self.app(environ, start_response))


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open

    def log_request(self, *_):
        pass


app = OneAtATime(DomainDispatcherApplication(create_backend_app))
server = make_server(sys.argv[2], 0, app, threaded=True, request_handler=Quiet)
with open(sys.argv[1] + ".new", "w", encoding="ascii") as file:
    file.write(str(server.port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
