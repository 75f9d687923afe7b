"""net.py - servers and clients for the tests of the network.

    net.py serve ADDRESS PORT       connections that do what their first line says
    net.py few ADDRESS PORT         the same, with the least room for what it does not read
    net.py http ADDRESS PORT        files of the working directory, by HTTP/1.1
    net.py https ADDRESS PORT       the same, with the certificate in cert.pem
    net.py CLIENT HOST PORT [ARG]   one of the functions named do_... below
"""
import asyncio
import hashlib
import http.server
import os
import socket
import ssl
import struct
import sys
import threading
import time

BLOCK = bytes(range(256)) * 256


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def serve_one(c):
    first = b""
    while not first.endswith(b"\n"):
        byte = c.recv(1)
        if not byte:
            print("end", flush=True)
            return
        first += byte
    word, *rest = first.decode().split()
    print(word, flush=True)
    try:
        if word == "echo":  # as long as something comes
            while data := c.recv(65536):
                c.sendall(data)
        elif word == "send":
            for _ in range(int(rest[0]) * 16):
                c.sendall(BLOCK)
        elif word in ("take", "late"):  # says what it got when it has all
            time.sleep(word == "late")
            digest = hashlib.sha256()
            while data := c.recv(1 << 20):
                digest.update(data)
            c.sendall(digest.hexdigest().encode())
            print(digest.hexdigest(), flush=True)
        elif word == "reset":
            reset(c)
            return
        elif word == "drop":  # says and reads nothing, and resets what comes
            c.shutdown(socket.SHUT_WR)
            time.sleep(1)
            reset(c)
            return
        elif word == "drip":  # reads as little as it can
            while c.recv(1024):
                time.sleep(0.1)
        elif word == "idle":
            print("got", c.recv(1), flush=True)
        elif word == "hold":
            time.sleep(60)
    except OSError as error:
        print(type(error).__name__, flush=True)
    c.close()
    print("closed", flush=True)


def serve(address, port, few=False):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    s = socket.socket(family)
    if few:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1000)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    s.listen(1024)
    print("ready", flush=True)
    while True:
        c, _ = s.accept()
        threading.Thread(target=serve_one, args=(c,), daemon=True).start()


class Files(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass


def serve_http(address, port, tls=False):
    server = http.server.ThreadingHTTPServer((address, port), Files)
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain("cert.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print("ready", flush=True)
    server.serve_forever()


def dial(host, port, word):
    s = socket.create_connection((host, port), timeout=60)
    s.sendall(word.encode() + b"\n")
    return s


def read_all(s):
    data = b""
    while more := s.recv(1 << 20):
        data += more
    return data


def do_half(host, port):
    """The other side is closed last, and what came before is all there."""
    s = dial(host, port, "echo")
    s.sendall(b"some words")
    s.shutdown(socket.SHUT_WR)
    print(read_all(s).decode())


def do_take(host, port, megabytes):
    """Up, with a half-close, and the sum of it back."""
    s = dial(host, port, "take")
    for _ in range(int(megabytes) * 16):
        s.sendall(BLOCK)
    s.shutdown(socket.SHUT_WR)
    mine = hashlib.sha256(BLOCK * 16 * int(megabytes)).hexdigest()
    print("same" if read_all(s).decode() == mine else "other")


def do_slow(host, port, megabytes):
    """Down, by a reader that makes the server wait."""
    s = dial(host, port, f"send {megabytes}")
    time.sleep(1)
    mine = hashlib.sha256(BLOCK * 16 * int(megabytes)).hexdigest()
    print("same" if hashlib.sha256(read_all(s)).hexdigest() == mine else "other")


def do_reset(host, port):
    """At once, or after what the host took."""
    try:
        s = dial(host, port, "reset")
        print("end" if not s.recv(1) else "data")
    except ConnectionResetError:
        print("reset")


def do_break(host, port):
    """Resets what the server holds open."""
    s = dial(host, port, "idle")
    time.sleep(0.2)
    reset(s)
    time.sleep(1)


def do_last(host, port, word="late", blocks=64):
    """Ends right after the last byte was written, of which most was not read."""
    s = dial(host, port, word)
    for _ in range(int(blocks)):
        s.sendall(BLOCK)
    os._exit(0)


def do_urgent(host, port):
    """Urgent data comes as a byte like others, first, last and between."""
    s = dial(host, port, "echo")
    for each in b"1", b"2":
        s.send(each, socket.MSG_OOB)
        time.sleep(0.1)
        s.sendall(b"words")
    s.send(b"3", socket.MSG_OOB)
    s.shutdown(socket.SHUT_WR)
    print(read_all(s).decode())


def do_fill(host, port):
    """Prints how many MiB a host takes that reads nothing."""
    s = dial(host, port, "hold")
    s.settimeout(2)
    sent = 0
    try:
        while True:
            sent += s.send(BLOCK)
    except TimeoutError:
        print(sent >> 20)


def do_later(host, port, name):
    """Once a line comes, up and down by an open connection; then one to NAME."""
    s = dial(host, port, "echo")
    print("ready", flush=True)
    sys.stdin.readline()
    threading.Thread(target=lambda: [s.sendall(BLOCK * 16) for _ in range(8)], daemon=True).start()
    s.settimeout(20)
    data = b""
    while len(data) < 8 << 20:
        data += s.recv(1 << 20)
    print("same" if data == BLOCK * 16 * 8 else "other")
    do_reset(name, port)


def do_many(host, port, count):
    """COUNT connections, all open at once."""

    async def one(barrier):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"echo\n")
        barrier.append(1)
        while len(barrier) < int(count):
            await asyncio.sleep(0.01)
        writer.write(b"x" * 1000)
        writer.write_eof()
        data = await reader.read()
        writer.close()
        return data == b"x" * 1000

    async def all_of_them():
        barrier = []
        done = await asyncio.gather(*(one(barrier) for _ in range(int(count))))
        print(sum(done))

    asyncio.run(all_of_them())


def do_down(host, port, megabytes):
    """Prints the seconds that it takes, as do the next two."""
    start = time.time()
    s = dial(host, port, f"send {megabytes}")
    room = bytearray(1 << 20)
    while s.recv_into(room):
        pass
    print(time.time() - start)


def do_row(host, port, count):
    start = time.time()
    for _ in range(int(count)):
        s = dial(host, port, "echo")
        s.shutdown(socket.SHUT_WR)
        s.recv(1)
        s.close()
    print(time.time() - start)


def do_once(host, port, count):
    start = time.time()
    do_many(host, port, count)
    print(time.time() - start)


def do_idle(host, port):
    s = dial(host, port, "idle")
    print("ready", flush=True)
    s.recv(1)


if __name__ == "__main__":
    what, address, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if what in ("serve", "few"):
        serve(address, number, what == "few")
    elif what in ("http", "https"):
        serve_http(address, number, what == "https")
    else:
        globals()["do_" + what](address, number, *sys.argv[4:])
