"""An MSRP endpoint written from RFC 4975 alone, slow and plain, to test another one against.

peer.py listen [CERTIFICATE KEY]         prints its path, waits for a connection
peer.py connect PATH [CERTIFICATE]       prints its path, connects when told `go`

One line on standard input is one command:
  go
  send FILE CHUNK ORDER TOTAL SUCCESS FAILURE
      CHUNK octets a chunk; ORDER forward, backward or overlapping; TOTAL known or unknown;
      SUCCESS yes or no; FAILURE yes, no or partial
  abort FILE CHUNK      sends one chunk and gives the message up
One line on standard output is one event:
  path URI / received ID SIZE SHA256 TYPE / aborted ID / answered ID STATUS / reported ID RANGE STATUS / closed
"""

import hashlib
import os
import re
import secrets
import socket
import ssl
import sys
import threading


def say(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


class Peer:
    def __init__(self, session):
        self.session = session
        self.path = ""
        self.remote = ""
        self.stream = None
        self.lock = threading.Lock()
        self.ready = threading.Event()
        self.transactions = {}
        self.messages = {}

    # What comes in

    def read(self):
        buffer = b""
        while True:
            octets = self.stream.recv(65536)
            if not octets:
                break
            buffer += octets
            buffer = self.cut(buffer)
        say("closed")

    def cut(self, buffer):
        """Takes every whole message off the front of the buffer."""
        while True:
            first = re.match(rb"MSRP ([A-Za-z0-9.+%=-]{4,32}) ([^\r]*)\r\n", buffer)
            if first is None:
                if b"\r\n" in buffer:
                    raise ValueError("no MSRP: %r" % buffer[:80])
                return buffer
            identifier = first.group(1)
            end = re.search(rb"\r\n-------" + re.escape(identifier) + rb"([$#+])\r\n", buffer)
            if end is None:
                return buffer
            # The line break before the end-line belongs to it, or ends the last field where there is no body.
            content = buffer[first.end():end.start()]
            self.take(identifier, first.group(2), content, end.group(1))
            buffer = buffer[end.end():]

    def take(self, identifier, start, content, flag):
        head, has_body, body = content.partition(b"\r\n\r\n")
        if not has_body and head.endswith(b"\r\n"):
            head, has_body = head[:-2], b"\r\n"
        fields = {}
        for line in head.split(b"\r\n"):
            name, colon, value = line.partition(b":")
            if not colon:
                raise ValueError("no field: %r" % line)
            fields[name.decode().lower()] = value.decode().strip()
        for name in ("to-path", "from-path"):
            if name not in fields:
                raise ValueError("no " + name)
        if re.match(rb"\d{3}", start):
            self.take_response(identifier, int(start[:3]))
        elif start == b"SEND":
            self.take_send(identifier, fields, body, flag)
        elif start == b"REPORT":
            say("reported", fields["message-id"], fields["byte-range"], fields["status"].split()[1])

    def take_response(self, identifier, status):
        message = self.transactions.pop(identifier, None)
        if message is not None:
            say("answered", message, status)

    def take_send(self, identifier, fields, body, flag):
        if fields["to-path"] != self.path:
            return self.respond(identifier, fields, "481 No Such Session")
        if not self.remote:
            self.remote = fields["from-path"]
        if "content-type" in fields:
            self.assemble(fields, body, flag)
        if fields.get("failure-report", "yes") == "yes":
            self.respond(identifier, fields, "200 OK")

    def assemble(self, fields, body, flag):
        identity = fields["message-id"]
        first, last, total = re.fullmatch(r"(\d+)-(\d+|\*)/(\d+|\*)", fields["byte-range"]).groups()
        if last != "*" and flag == b"$" and int(last) != int(first) + len(body) - 1:
            raise ValueError("Byte-Range does not fit the body")
        message = self.messages.setdefault(identity, {"parts": {}, "total": None})
        if flag == b"#":
            del self.messages[identity]
            return say("aborted", identity)
        message["parts"][int(first) - 1] = body
        if total != "*":
            message["total"] = int(total)
        if flag == b"$":
            message["total"] = int(first) - 1 + len(body)
        whole = self.whole(message)
        if whole is not None:
            del self.messages[identity]
            say("received", identity, len(whole), hashlib.sha256(whole).hexdigest(), fields["content-type"])
            if fields.get("success-report") == "yes":
                self.report(fields, len(whole))

    @staticmethod
    def whole(message):
        """The octets of the message once none is missing."""
        total = message["total"]
        if total is None or sum(map(len, message["parts"].values())) < total:
            return None
        octets = bytearray(total)
        there = 0
        for start, part in sorted(message["parts"].items()):
            if start > there:
                return None
            octets[start:start + len(part)] = part
            there = max(there, start + len(part))
        return bytes(octets) if there >= total else None

    # What goes out

    def write(self, octets):
        with self.lock:
            self.stream.sendall(octets)

    def respond(self, identifier, fields, status):
        to_path = fields["from-path"].split()[0]
        lines = ["MSRP %s %s" % (identifier.decode(), status), "To-Path: " + to_path, "From-Path: " + self.path]
        self.write(("\r\n".join(lines) + "\r\n-------%s$\r\n" % identifier.decode()).encode())

    def report(self, fields, size):
        identifier = secrets.token_hex(8)
        lines = [
            "MSRP %s REPORT" % identifier,
            "To-Path: " + fields["from-path"],
            "From-Path: " + self.path,
            "Message-ID: " + fields["message-id"],
            "Byte-Range: 1-%d/%d" % (size, size),
            "Status: 000 200 OK",
        ]
        self.write(("\r\n".join(lines) + "\r\n-------%s$\r\n" % identifier).encode())

    def greet(self):
        """RFC 4975 section 5.4: who connects sends first."""
        identifier = secrets.token_hex(8)
        lines = [
            "MSRP %s SEND" % identifier,
            "To-Path: " + self.remote,
            "From-Path: " + self.path,
            "Message-ID: " + secrets.token_hex(8),
            "Byte-Range: 1-0/0",
        ]
        self.transactions[identifier.encode()] = "greeting"
        self.write(("\r\n".join(lines) + "\r\n-------%s$\r\n" % identifier).encode())

    def send(self, file, chunk, order, total, success, failure, flag_last="$"):
        with open(file, "rb") as opened:
            octets = opened.read()
        identity = secrets.token_hex(8)
        size = len(octets)
        spans = [(start, min(size, start + chunk)) for start in range(0, size, chunk)] or [(0, 0)]
        if order == "backward":
            spans.reverse()
        if order == "overlapping":
            spans = [(max(0, start - chunk // 2), end) for start, end in spans]
        for start, end in spans:
            flag = flag_last if end == size else "+"
            self.send_chunk(identity, octets, (start, end), (total, success, failure), flag)

    def send_chunk(self, identity, octets, span, reports, flag):
        start, end = span
        total, success, failure = reports
        body = octets[start:end]
        identifier = secrets.token_hex(8)
        while identifier.encode() in body:
            identifier = secrets.token_hex(8)
        last = "*" if len(body) > 2048 else str(end)
        lines = [
            "MSRP %s SEND" % identifier,
            "To-Path: " + self.remote,
            "From-Path: " + self.path,
            "Message-ID: " + identity,
            "Byte-Range: %d-%s/%s" % (start + 1, last, len(octets) if total == "known" else "*"),
        ]
        if success == "yes":
            lines.append("Success-Report: yes")
        if failure != "yes":
            lines.append("Failure-Report: " + failure)
        lines.append("Content-Type: application/octet-stream")
        self.transactions[identifier.encode()] = identity
        head = "\r\n".join(lines) + "\r\n\r\n"
        self.write(head.encode() + body + ("\r\n-------%s%s\r\n" % (identifier, flag)).encode())

    def abort(self, file, chunk):
        with open(file, "rb") as opened:
            octets = opened.read()
        self.send_chunk(secrets.token_hex(8), octets, (0, chunk), ("known", "no", "yes"), "#")

    # Commands

    def obey(self):
        for line in sys.stdin:
            words = line.split()
            if words[0] == "go":
                self.ready.set()
            elif words[0] == "send":
                self.send(words[1], int(words[2]), *words[3:])
            elif words[0] == "abort":
                self.abort(words[1], int(words[2]))
        os._exit(0)


def listen(words):
    peer = Peer(secrets.token_urlsafe(12))
    server = socket.create_server(("127.0.0.1", 0))
    scheme = "msrps" if words else "msrp"
    peer.path = "%s://127.0.0.1:%d/%s;tcp" % (scheme, server.getsockname()[1], peer.session)
    say("path", peer.path)
    threading.Thread(target=peer.obey, daemon=True).start()
    stream, _ = server.accept()
    if words:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*words)
        stream = context.wrap_socket(stream, server_side=True)
    peer.stream = stream
    peer.read()


def connect(words):
    peer = Peer(secrets.token_urlsafe(12))
    peer.remote = words[0].replace(",", " ")
    scheme, host, port = re.match(r"(msrps?)://([^:/]+):(\d+)/", peer.remote).groups()
    peer.path = "%s://127.0.0.1:9/%s;tcp" % (scheme, peer.session)
    say("path", peer.path)
    threading.Thread(target=peer.obey, daemon=True).start()
    peer.ready.wait()
    stream = socket.create_connection((host, int(port)))
    if scheme == "msrps":
        context = ssl.create_default_context(cafile=words[1])
        stream = context.wrap_socket(stream, server_hostname=host)
    peer.stream = stream
    peer.greet()
    peer.read()


if __name__ == "__main__":
    {"listen": listen, "connect": connect}[sys.argv[1]](sys.argv[2:])
