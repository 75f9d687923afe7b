"""index.py NAME [VERSION] - adds to ./.git/index an entry of that name, as no
git would: its content is what is in ./payload."""

import hashlib
import subprocess
import sys

name = sys.argv[1].encode()
version = int(sys.argv[2]) if len(sys.argv) > 2 else 2
git = ["git", "-c", f"index.version={version}"]
subprocess.run(git + ["update-index", "--index-version", str(version)], check=True)
blob = subprocess.run(git + ["hash-object", "-w", "payload"], check=True,
                      capture_output=True).stdout.decode().strip()
old = open(".git/index", "rb").read()
assert old[:4] == b"DIRC" and old[7] == version
count = int.from_bytes(old[8:12], "big")
entry = bytes(24) + (0o100755).to_bytes(4, "big") + bytes(12)
entry += bytes.fromhex(blob) + min(len(name), 0xFFF).to_bytes(2, "big")
if version == 4:
    entry += b"\0" + name + b"\0"  # nothing of the name before, for there is none
else:
    entry += name + bytes(8 - (62 + len(name)) % 8)
if version == 4:  # the first one after it takes nothing off an empty name
    at = 12 + 62
    assert count == 0 or old[at] == 0
    rest = old[12:at] + bytes([len(name)]) + old[at + 1:-20] if count else b""
else:
    rest = old[12:-20]
# Without extensions, which describe another list.
body = old[:8] + (count + 1).to_bytes(4, "big") + entry + rest
open(".git/index", "wb").write(body + hashlib.sha1(body).digest())
