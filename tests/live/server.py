#!/usr/bin/env python3
"""moto, and in front of it a proxy that logs, corrects, and breaks calls on purpose.

    python tests/live/server.py

prints one line, `{"moto": "http://127.0.0.1:…", "proxy": "http://127.0.0.1:…"}`, and ends when standard input does.

The account of a call is in the access key: `AKIA111122223333SOMETHING` is account 111122223333. What follows is a label;
faults and the log can be asked for by label, so that tests do not get into each other's way. Keys from sts:AssumeRole have
the account of the role and the label of the key that assumed it.

    POST /_faults[?label=L]   [{"service": "rds", "region": "eu-.*", "operation": "Describe.*", "account": "…", "token": "…",
                                "input": "…", "fault": {"kind": "throttle"}, "rate": 0.3, "skip": 2, "times": 5}, …]
    GET  /_faults[?label=L]   the same rules, with how often each was met and used
    GET  /_log[?label=L]      [{"label", "account", "service", "region", "operation", "token", "status", "from"}, …]
    POST /_reset[?label=L]    forgets the log and the faults

A rule's regular expressions match whole names, but `input` a part of what the call is given, as JSON; what a rule leaves out
matches everything. `skip` lets the first N calls
through, `times` stops after N faults, `rate` breaks that share of the calls, evenly. The first rule that breaks a call counts.

    throttle      the service's own throttling error     deny          access denied, naming the IAM action
    expired       the token has expired                  not-enabled   as in a Region that is not enabled
    503           a 503 with the service's error         500-html      a 500 from something in between
    reset         the connection is closed, no answer    hang          no answer for "seconds" (default 60), then closed
    slow          "ms" late                              malformed     a 200 whose body stops in the middle
    cut           a body shorter than its length         repeat-token  each page has a token, which leads to itself
    bucket        throttles more than "per_second", "burst"
    empty-page    a first page with only a token (JSON)  error         "code", "message", "status" as given

`from` in the log is who answered: moto, `answers` (answers.py), `corrected` (moto, corrected there), `fault:KIND`, or
`missing` when nobody has an answer, which is an error in the test server and not an answer of AWS.
"""

import http.client
import http.server
import json
import os
import random
import re
import sys
import threading
import time
import traceback
import urllib.parse

os.environ.pop("MOTO_ACCOUNT_ID", None)
# The managed policies of AWS, of which the roles of SecureCart have some.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

import answers  # noqa: E402
import wire  # noqa: E402

CONTROL = ("/_log", "/_faults", "/_reset")


class Rule:
    def __init__(self, given):
        self.given = given
        fault = given["fault"]
        self.fault = fault if isinstance(fault, dict) else {"kind": fault}
        self.patterns = {
            name: re.compile(given[name]) for name in ("service", "region", "operation", "account", "token") if name in given
        }
        self.input = re.compile(given.get("input", ""))
        self.met = self.used = 0
        self.drops, self.filled = self.fault.get("burst", 1), time.monotonic()
        self.lock = threading.Lock()

    def breaks(self, call):
        if not all(pattern.fullmatch(getattr(call, name)) for name, pattern in self.patterns.items()):
            return False
        if not self.input.search(json.dumps(call.input)):
            return False
        with self.lock:
            self.met += 1
            if self.fault["kind"] == "bucket" and self.takes():
                return False
            turn = self.met - self.given.get("skip", 0)
            rate = self.given.get("rate", 1)
            # Evenly: of ten calls at 0.3 the fourth, the seventh and the tenth. The sum must not drift.
            due = turn > 0 and int(turn * rate + 1e-9) > int((turn - 1) * rate + 1e-9)
            if not due or self.used >= self.given.get("times", sys.maxsize):
                return False
            self.used += 1
            return True


    def takes(self):
        """Whether there is a drop left in the bucket."""
        now = time.monotonic()
        self.drops = min(self.drops + (now - self.filled) * self.fault["per_second"], self.fault.get("burst", 1))
        self.filled = now
        if self.drops < 1:
            return False
        self.drops -= 1
        return True


class Desk:
    """What the proxy knows: accounts, faults, the log."""

    def __init__(self, moto):
        self.moto = moto
        self.lock = threading.Lock()
        self.sessions = {}
        self.faults = {}
        self.log = []
        self.world = answers.World(self.ask)

    def account(self, key):
        if key in self.sessions:
            return self.sessions[key]
        own = re.match(r"A[KS]IA(\d{12})(.*)", key)
        return (own.group(1), own.group(2)) if own else (wire.NO_ACCOUNT, "")

    def control(self, method, target, body):
        path, _, query = target.partition("?")
        label = dict(urllib.parse.parse_qsl(query)).get("label")
        with self.lock:
            if path == "/_log":
                return [entry for entry in self.log if label is None or entry["label"] == label]
            if path == "/_reset":
                self.log = [entry for entry in self.log if label is not None and entry["label"] != label]
                self.faults = {own: rules for own, rules in self.faults.items() if label is not None and own != label}
            elif method == "POST":
                self.faults[label] = [Rule(rule) for rule in json.loads(body)]
            return [dict(rule.given, met=rule.met, used=rule.used) for rule in self.faults.get(label, [])]

    def fault(self, call):
        for rule in self.faults.get(call.label, []) + self.faults.get(None, []):
            if rule.breaks(call):
                return rule.fault
        return None

    def forward(self, method, target, headers, body, account):
        host = urllib.parse.urlsplit(self.moto)
        connection = http.client.HTTPConnection(host.hostname, host.port, timeout=120)
        dropped = ("connection", "transfer-encoding", "content-length", "keep-alive", "expect")
        headers = {name: value for name, value in headers.items() if name not in dropped}
        headers["x-moto-account-id"] = account
        connection.request(method, target, body=body, headers=headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        kept = {
            name: value
            for name, value in response.getheaders()
            if name.lower()
            not in ("connection", "content-length", "transfer-encoding", "server", "date", "access-control-allow-origin")
        }
        return wire.Answer(response.status, content, kept)

    def ask(self, account, region, service, target, given):
        """A call of the answers' own to a service of moto that speaks JSON."""
        scope = "AWS4-HMAC-SHA256 Credential=AKIA{}/20260101/{}/{}/aws4_request, SignedHeaders=host, Signature=0"
        headers = {
            "authorization": scope.format(account, region, service),
            "x-amz-target": target,
            "content-type": "application/x-amz-json-1.0",
            "host": "127.0.0.1",
        }
        answer = self.forward("POST", "/", headers, json.dumps(given).encode(), account)
        if answer.status >= 300:
            raise RuntimeError("{} {}: {}".format(target, answer.status, answer.body))
        return json.loads(answer.body or b"{}")

    def answer(self, call):
        """Who answered, and the answer."""
        try:
            prepared = answers.prepare(call, self.world)
            own = answers.answered(call, self.world)
            if own is not None:
                return "answers", wire.ok(call, own)
            answer = self.forward(call.method, call.target, call.headers, call.body, call.account)
            kind = answer.headers.get("Content-Type", "")
            if answer.status >= 404 and (b"<!doctype html" in answer.body[:200].lower() or b"NotImplemented" in answer.body[:600]):
                sys.stderr.write("missing: {} {}: {} {}\n".format(call.service, call.operation, answer.status, answer.body[-400:]))
                return "missing", wire.missing(call)
            if call.operation.startswith("AssumeRole") and answer.status == 200:
                self.assumed(call, answer)
            corrected = answers.corrected(call, self.world, answer, prepared)
            if corrected is not None:
                return "corrected", corrected
            if kind.startswith("text/html") or kind == "text":
                answer.headers["Content-Type"] = "text/xml" if wire.xml_protocol(call) else "application/x-amz-json-1.1"
            return "moto", answer
        except wire.Refused as error:
            return "answers", wire.refuse(call, error.code, error.message, error.status)

    def assumed(self, call, answer):
        role = call.input.get("RoleArn", "")
        key = re.search(rb"<AccessKeyId>([^<]+)<", answer.body)
        account = re.match(r"arn:[^:]+:iam::(\d{12}):role/", role)
        if key and account:
            self.sessions[key.group(1).decode()] = (account.group(1), call.label)

    def note(self, call, status, who, token=None):
        entry = {
            "label": call.label,
            "account": call.account,
            "service": call.service,
            "region": call.region,
            "operation": call.operation,
            "token": call.token if token is None else token,
            "status": status,
            "from": who,
        }
        with self.lock:
            self.log.append(entry)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    desk = None

    def log_message(self, *_):
        pass

    def handle_any(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = (
            self.chunked()
            if headers.get("transfer-encoding") == "chunked"
            else self.rfile.read(int(headers.get("content-length", 0)))
        )
        if self.path.partition("?")[0] in CONTROL:
            return self.give(
                wire.Answer(200, json.dumps(self.desk.control(self.command, self.path, body)), {"Content-Type": "application/json"})
            )
        call = None
        try:
            call = wire.Call(self.command, self.path, headers, body, self.desk.account)
            self.serve(call)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except Exception as error:  # whatever it is, the test should see it
            traceback.print_exc()
            if call is None:
                return self.give(wire.Answer(500, "the test server failed: {!r}".format(error)))
            self.desk.note(call, 500, "missing")
            self.give(wire.refuse(call, "InternalFailure", "the test server failed: {!r}".format(error), 500))

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any

    def chunked(self):
        body = b""
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            if size == 0:
                while self.rfile.readline().strip():
                    pass
                return body
            body += self.rfile.read(size)
            self.rfile.readline()

    def serve(self, call):
        fault = self.desk.fault(call)
        if not fault:
            token = call.token
            who, answer = self.desk.answer(call)
            self.desk.note(call, answer.status, who, token)
            return self.give(answer)
        kind = fault["kind"]
        who = "arn:aws:iam::{}:user/skylint".format(call.account)
        simple = {
            "throttle": lambda: wire.throttle(call),
            "bucket": lambda: wire.throttle(call),
            "deny": lambda: wire.deny(call, who),
            "expired": lambda: wire.expired(call),
            "not-enabled": lambda: wire.not_enabled(call),
            "503": lambda: wire.refuse(call, "ServiceUnavailable", "Service is unable to handle request.", 503),
            "500-html": lambda: wire.Answer(
                500, "<html><body><h1>502 Bad Gateway</h1></body></html>", {"Content-Type": "text/html"}
            ),
            "error": lambda: wire.refuse(call, fault["code"], fault.get("message", ""), fault.get("status", 400)),
        }
        if kind in simple:
            answer = simple[kind]()
            self.desk.note(call, answer.status, "fault:" + kind)
            return self.give(answer)
        if kind in ("reset", "hang"):
            self.desk.note(call, 0, "fault:" + kind)
            if kind == "hang":
                time.sleep(fault.get("seconds", 60))
            self.close_connection = True
            return None
        token = call.token
        if kind == "slow":
            time.sleep(fault.get("ms", 1000) / 1000)
        elif kind == "repeat-token" or (kind == "empty-page" and token == wire.AGAIN):
            call.forget_token()
        answer = self.desk.answer(call)[1]
        if answer.status == 200 and (kind == "repeat-token" or (kind == "empty-page" and not token)):
            answer = wire.endless(call, answer, kind == "empty-page")
        self.desk.note(call, answer.status, "fault:" + kind, token)
        if kind == "malformed":
            answer.body = answer.body[: len(answer.body) // 2]
        elif kind == "cut":
            self.give(answer, len(answer.body) + 1000)
            self.close_connection = True
            return None
        elif kind not in ("slow", "repeat-token", "empty-page"):
            raise ValueError("no such fault: " + kind)
        return self.give(answer)

    def give(self, answer, length=None):
        headers = dict(answer.headers)
        headers["Content-Length"] = str(len(answer.body) if length is None else length)
        if length is not None:
            headers["Connection"] = "close"
        lines = ["HTTP/1.1 {} {}".format(answer.status, http.client.responses.get(answer.status, "-"))]
        lines += ["{}: {}".format(name, value) for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.wfile.write(head + (b"" if self.command == "HEAD" else answer.body))
        self.wfile.flush()


class Proxy(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def main():
    # moto's ids are random: the same ones in each run.
    from moto.moto_api._internal import mock_random
    from moto.server import ThreadedMotoServer
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    mock_random.seed(42)
    random.seed(42)
    answers.prepare_moto()
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    moto_url = "http://{}:{}".format(*moto.get_host_and_port())
    Handler.desk = Desk(moto_url)
    proxy = Proxy(("127.0.0.1", 0), Handler)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    print(json.dumps({"moto": moto_url, "proxy": "http://127.0.0.1:{}".format(proxy.server_address[1])}), flush=True)
    sys.stdin.read()
    # Connections may be hanging on purpose: leave without waiting for them.
    os._exit(0)


if __name__ == "__main__":
    main()
