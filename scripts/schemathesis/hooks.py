"""A check for schemathesis: a request that the OpenAPI document allows is refused for a
rule that a schema cannot express, and for nothing else."""

import re

import schemathesis

RULES = [
    r"end_date \S+ is before start_date",
    r"give one or the other",
    r"csv is for ranges",
    r"different signatures separated by commas are expected",
    r"is not a date: YYYY-MM-DD is expected, a real calendar date",  # such as 31 April
    r"is not a place in the list of jobs|DATE,MODEL is expected",  # the same in a cursor
    r"is after the board's date",
    r"cannot be given together|belong together|costs are for rescore_of|repeats a job with its own",
    r"name different configurations|configuration \S+ does not exist|unknown model|no model is enabled",
    r"one job may hold",  # models times replicas
    r"callback",  # the hosts that may be called are configured
    r"is after today|holds no trading day|no trading day",
    r"with at most 4 decimals|body field .costs.",  # decimals
]


@schemathesis.check
def refused_for_a_rule(ctx, response, case):
    if response.status_code != 400 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    message = response.json()["message"]
    assert any(re.search(rule, message) for rule in RULES), f"the document allows what the service refuses: {message}"
