#!/usr/bin/env python3
# ANCHOR: plugin
"""Serves `Greeter` version 1: greet(name: string) -> string."""

import json
import os
import struct
import sys

FROM_HOST, FROM_PLUGIN = b"\xfeOUTBRD>", b"\xfeOUTBRD<"
HEADER = struct.Struct("<IBBHQQ")  # length, kind, flags, method, call, target
REQUEST, VALUE, APPLICATION_ERROR, SYSTEM_ERROR, CANCEL = 0x01, 0x02, 0x03, 0x04, 0x05
DESCRIBE, PING, PONG, SHUTDOWN, GOODBYE = 0x22, 0x30, 0x31, 0x38, 0x39
JSON, EXTENDED, MORE, IGNORABLE, RESERVED = 0x01, 0x04, 0x08, 0x10, 0xE2
LIMITS = {"message": 64 << 20, "frame": 64 << 10, "reassembly": 256 << 20, "calls": 1024}
# `greet` takes neither; so nobody sends what this plugin does not know.
LIMITS |= {"streams": 0, "handles": 0}

GREETER = {
    "name": "Greeter",
    "version": 1,
    "min_version": 1,
    "cookie": {"key": "OUTBOARD", "value": "Greeter"},
    "methods": [{"name": "greet"}],
}
DOCS = {
    "name": "Greeter",
    "version": 1,
    "docs": "Greets people.",
    "methods": [{"name": "greet", "docs": "Greets one person by name."}],
}


def greet(name):
    return f"Hello, {name}!"


# ---- values ----


def read_varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
        if shift > 63:
            raise ValueError("the varint is too long")


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode_name(codec, payload):
    """The one argument of `greet`."""
    if codec == JSON:
        (name,) = json.loads(payload)
        if not isinstance(name, str):
            raise ValueError("not a string")
        return name
    length, at = read_varint(payload, 0)
    if len(payload) != at + length:
        raise ValueError("the length does not fit")
    return payload[at:].decode()


def encode_string(codec, text):
    if codec == JSON:
        return json.dumps(text).encode()
    data = text.encode()
    return varint(len(data)) + data


# ---- the wire ----


class Violation(Exception):
    """The host broke the protocol."""


class Plugin:
    def __init__(self):
        # The pipes are ours alone; whatever prints from now on prints to stderr.
        self.input, self.output = os.dup(0), os.dup(1)
        os.dup2(2, 1)
        self.buffer = bytearray()
        self.unfinished = {}  # requests that came in part: call -> [first header, payload]
        self.highest = 0

    def read(self, count):
        while len(self.buffer) < count:
            data = os.read(self.input, 1 << 16)
            if not data:
                raise EOFError
            self.buffer += data
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def write(self, data):
        data = memoryview(data)
        while data:
            data = data[os.write(self.output, data) :]

    def shake_hands(self):
        if self.read(8) != FROM_HOST:
            raise EOFError
        hello = {"protocol": [1], "about": {"name": "plugin.py"}, "serves": [GREETER], "codecs": ["postcard", "json"]}
        data = json.dumps({**hello, "limits": LIMITS}).encode()
        self.write(FROM_PLUGIN + struct.pack("<I", len(data)) + data)
        (length,) = struct.unpack("<I", self.read(4))
        if length > 64 << 10:
            raise Violation("its hello is too long")
        host = json.loads(self.read(length))
        if 1 not in host["protocol"]:
            raise Violation(f"it speaks versions {host['protocol']} of the protocol, and this plugin version 1")
        if host.get("requires"):
            raise Violation(f"it requires {host['requires']}, which this plugin does not know")
        self.peer = {**LIMITS, **host.get("limits", {})}

    def frame(self):
        """The next frame, without its extension block."""
        length, kind, flags, method, call, target = HEADER.unpack(self.read(HEADER.size))
        if flags & RESERVED:
            raise Violation(f"it set reserved flags: {flags:#x}")
        if length > LIMITS["frame"]:
            raise Violation(f"it sent a frame of {length} bytes")
        body = self.read(length)
        if flags & EXTENDED:
            body = without_extensions(body)
        return (kind, flags, method, call, target), body

    def send(self, kind, codec, call, payload=b""):
        """Sends a message, cut into chunks if it is long."""
        most = self.peer["frame"]
        while True:
            chunk, payload = payload[:most], payload[most:]
            flags = codec | (MORE if payload else 0)
            self.write(HEADER.pack(len(chunk), kind, flags, 0, call, 0) + chunk)
            if not payload:
                return

    def refuse(self, call, kind, message=""):
        message = message[: self.peer["frame"] // 16]
        self.send(SYSTEM_ERROR, JSON, call, json.dumps({"kind": kind, "message": message}).encode())

    def run(self):
        while True:
            (kind, flags, method, call, target), body = self.frame()
            if kind == REQUEST:
                self.collect(flags, method, call, target, body)
                continue
            if kind not in (CANCEL, DESCRIBE, PING, PONG, SHUTDOWN, GOODBYE):
                # Replies too are unknown here: this plugin makes no calls.
                if flags & IGNORABLE and kind not in (VALUE, APPLICATION_ERROR, SYSTEM_ERROR):
                    continue
                raise Violation(f"it sent a frame of kind {kind:#x}")
            if flags & MORE:
                raise Violation(f"it cut a frame of kind {kind:#x}")
            if body and kind not in (SHUTDOWN, GOODBYE):
                raise Violation(f"it sent a payload with a frame of kind {kind:#x}")
            if kind == CANCEL:
                if not 0 < call <= self.highest:
                    raise Violation("it cancelled a call that it had not made")
                if self.unfinished.pop(call, None):
                    self.refuse(call, "cancelled")
            elif kind == DESCRIBE:
                self.highest = max(self.highest, call)
                self.send(VALUE, JSON, call, json.dumps({"interfaces": [DOCS]}).encode())
            elif kind == PING:
                self.send(PONG, 0, call)
            elif kind == SHUTDOWN:
                # No call is open between two frames, so there is nothing to wait for.
                json.loads(body or b"{}")
                self.send(GOODBYE, JSON, 0)
                return
            elif kind == GOODBYE:
                return

    def collect(self, flags, method, call, target, body):
        """Puts a request together, and answers it when it is complete."""
        self.highest = max(self.highest, call)
        head = (flags & JSON, method, target)
        first, payload = self.unfinished.setdefault(call, (head, bytearray()))
        if first != head:
            raise Violation(f"it mixed the chunks of two requests with the id {call}")
        payload += body
        if len(payload) > LIMITS["message"]:
            raise Violation("it sent a message above the limit")
        if sum(len(payload) for _, payload in self.unfinished.values()) > LIMITS["reassembly"]:
            raise Violation("it sent unfinished messages above the limit")
        if len(self.unfinished) > 2 * LIMITS["calls"]:
            raise Violation("it made too many calls at once")
        if not flags & MORE:
            del self.unfinished[call]
            self.answer(call, *head, bytes(payload))

    def answer(self, call, codec, method, target, payload):
        if target != 0:
            return self.refuse(call, "unknown_object", f"there is no object {target}")
        if method != 0:
            return self.refuse(call, "unknown_method", f"there is no method {method}")
        try:
            name = decode_name(codec, payload)
        except (ValueError, IndexError) as error:
            return self.refuse(call, "invalid_arguments", f"argument `name`: {error}")
        try:
            reply = encode_string(codec, greet(name))
        except Exception as error:
            return self.refuse(call, "panicked", str(error))
        if len(reply) > self.peer["message"]:
            return self.refuse(call, "limit", f"the reply takes {len(reply)} bytes")
        self.send(VALUE, codec, call, reply)


def without_extensions(body):
    if len(body) < 2:
        raise Violation("its extension block is cut off")
    end = 2 + int.from_bytes(body[:2], "little")
    at = 2
    while at < end:
        if at + 4 > end:
            raise Violation("its extension block is malformed")
        at += 4 + int.from_bytes(body[at + 2 : at + 4], "little")
    if at != end or end > len(body):
        raise Violation("its extension block is malformed")
    return body[end:]


def main():
    if os.isatty(0):
        print("this is a plugin: a host program launches it and talks to it over stdin and stdout", file=sys.stderr)
        sys.exit(64)
    plugin = Plugin()
    try:
        plugin.shake_hands()
        plugin.run()
    except (EOFError, BrokenPipeError):
        pass  # The host is gone, and so is the work.
    except (Violation, ValueError) as error:
        sys.exit(f"plugin.py: the host broke the protocol: {error}")


main()
# ANCHOR_END: plugin
